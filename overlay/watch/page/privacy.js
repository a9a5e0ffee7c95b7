// The line that says what is kept of viewers, and their say in it.

import { objects, refuse, refuses } from "./visitor.js";
import { words } from "./text.js";

export class Privacy {
  #button = document.querySelector(".forget");

  /** changed is called when the viewer has chosen otherwise. */
  constructor(changed) {
    if (!this.#button) return;
    if (objects()) {
      const note = document.createElement("span");
      note.textContent = words.objected;
      this.#button.replaceWith(note);
      return;
    }
    this.#button.addEventListener("click", () => {
      refuse(!refuses());
      this.#show();
      changed();
    });
    this.#show();
  }

  #show() {
    this.#button.setAttribute("aria-pressed", String(refuses()));
  }
}
