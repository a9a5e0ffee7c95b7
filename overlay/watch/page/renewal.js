// The page is loaded again when the server has another one: other words, colours
// or links, or a chat.

const spread = 20_000; // milliseconds over which all pages that are open come again

/** Renewal loads the page again when that interrupts nobody; busy tells whether it would. */
export class Renewal {
  #version;
  #busy;
  #wanted;
  #due = false;
  #held = false; // it was due, and would have interrupted somebody

  constructor(version, busy) {
    this.#version = version;
    this.#wanted = version;
    this.#busy = busy;
  }

  /** want takes the version that the server has. */
  want(version) {
    if (version === this.#wanted) return;
    this.#wanted = version;
    this.#plan();
  }

  #plan() {
    const version = this.#wanted;
    this.#due = this.#held = false;
    setTimeout(() => {
      if (this.#wanted !== version) return;
      this.#due = true;
      this.look();
    }, Math.random() * spread);
  }

  /** look is called now and then. */
  look() {
    if (!this.#due || this.#wanted === this.#version) return;
    if (this.#busy()) {
      this.#held = true;
      return;
    }
    if (this.#held) return this.#plan(); // what held it has ended for all pages, perhaps
    this.#due = false;
    try {
      // Once for each, in case something on the way keeps an old one.
      if (sessionStorage.getItem("renewed") === this.#wanted) return;
      sessionStorage.setItem("renewed", this.#wanted);
    } catch {
      return; // it could go on for ever
    }
    location.reload();
  }
}
