// What is in the player's place while there is no picture: before the show,
// after it, and in between.

import { clockText, setText } from "./format.js";
import { dateText, words } from "./text.js";

const remembers = 6 * 3600_000; // for how long after a show it is "after the show"
const overdue = 30 * 60_000;    // for how long a show that has not begun is about to

export class Curtain {
  #clock;
  #offers;
  #root = document.querySelector(".curtain");
  #part = (name) => this.#root.querySelector("." + name);
  #next = Number(document.body.dataset.starts);
  #ended = 0;
  #up = false;
  #told = false; // before that, nobody knows whether it is live

  constructor(clock, offers) {
    this.#clock = clock;
    this.#offers = offers;
    setInterval(() => this.tick(), 250);
  }

  /** state takes when the last show ended and the next one begins. */
  state({ ended, next }) {
    this.#told = true;
    this.#ended = ended ?? 0;
    this.#next = next ?? 0;
  }

  /** rise shows the picture, fall hides it. */
  rise() {
    this.#up = true;
    document.documentElement.dataset.phase = "live";
  }

  fall() {
    this.#up = false;
    this.tick();
  }

  tick() {
    if (this.#up || !this.#told) return;
    const now = this.#clock.now();
    const after = this.#ended > 0 && now - this.#ended < remembers;
    document.documentElement.dataset.phase = after ? "after" : "before";
    const until = this.#next - now;
    const announced = this.#next > 0 && until > -overdue;
    const soon = announced && until <= 0;
    setText(this.#part("kicker"), this.#kicker(after, announced, soon));
    this.#part("when").hidden = !announced;
    setText(this.#part("when"), announced ? dateText(this.#next) : "");
    this.#part("count-down").hidden = !announced || soon;
    setText(this.#part("count-down"), announced && !soon ? clockText(until) : "");
    const still = after && this.#offers.running().length > 0;
    setText(this.#part("note"), still ? words.stillOn : words.comeback);
  }

  #kicker(after, announced, soon) {
    if (after) return announced ? `${words.thanks} · ${words.next}` : words.thanks;
    if (soon) return words.startsSoon;
    return announced ? words.next : words.offair;
  }
}
