// The offers and banners of a state: one offer in the picture, all in the list.

import { Card } from "./card.js";
import { httpURL, moneyText, setText } from "./format.js";
import { announce, words } from "./text.js";

const farewell = 5_000;   // milliseconds for which "sold out" is shown
const staleAfter = 5_000; // without the server, how many are left is not known

export class Offers {
  #clock;
  #awayFor;
  #deal = document.querySelector(".deal");
  #list = document.querySelector(".offers .list");
  #state = { offers: [], banners: [], over: [] };
  #cards = new Map();     // of the list, by run
  #shown = null;          // the card in the picture
  #leaves = 0;            // when that leaves, once it is sold out
  #hidden = new Set();    // runs that the viewer does not want to see
  #known = new Set();     // runs that were announced
  #began = false;

  constructor(clock, awayFor) {
    this.#clock = clock;
    this.#awayFor = awayFor;
    setInterval(() => this.tick(), 250);
  }

  /** running are the offers that can be had, or will be, the newest first. */
  running() {
    const now = this.#clock.now();
    return this.#state.offers.filter((o) => !o.ends || now < o.ends).sort((a, b) => b.run - a.run);
  }

  state(state) {
    const before = this.#state;
    this.#state = state;
    for (const { run, reason } of state.over ?? []) {
      const gone = before.offers.find((o) => o.run === run);
      if (!gone) continue;
      announce((reason === "sold out" ? words.soldOut : words.gone).replace("#", gone.title));
      if (reason === "sold out" && this.#shown?.offer.run === run) {
        this.#shown.over();
        this.#leaves = performance.now() + farewell;
      }
    }
    this.#announce(state.offers);
    this.tick();
  }

  #announce(offers) {
    for (const o of offers) {
      if (!this.#known.has(o.run) && this.#began) {
        const price = moneyText(o.price, o.currency, o.digits);
        announce((this.#clock.now() < o.starts ? words.soon : words.began).replace("#", o.title).replace("$", price));
      }
      this.#known.add(o.run);
    }
    this.#began = true;
  }

  tick() {
    const now = this.#clock.now();
    const stale = this.#awayFor() > staleAfter;
    const running = this.running();
    this.#tickDeal(running, now, stale);
    this.#tickBanner(now);
    if (this.#list) this.#tickList(running, now, stale);
  }

  #tickDeal(running, now, stale) {
    if (this.#leaves) {
      const newer = running.some((o) => o.run > this.#shown.offer.run);
      if (performance.now() < this.#leaves && !newer) return;
      this.#leaves = 0;
      this.#drop();
    }
    const next = running.find((o) => !this.#hidden.has(o.run));
    if (this.#shown && this.#shown.offer.run !== next?.run) this.#drop();
    if (!next) return;
    if (!this.#shown) {
      this.#shown = new Card(() => this.#hide());
      this.#shown.element.dataset.run = next.run;
      this.#shown.show(next);
      this.#shown.tick(now, stale);
      this.#deal.prepend(this.#shown.element);
      return;
    }
    if (this.#shown.offer !== next) this.#shown.show(next);
    this.#shown.tick(now, stale);
  }

  #hide() {
    this.#hidden.add(this.#shown.offer.run);
    this.#leaves = 0;
    this.#drop();
    this.tick();
  }

  #drop() {
    this.#shown?.element.remove();
    this.#shown = null;
  }

  #tickBanner(now) {
    const banner = this.#state.banners.filter((b) => !b.ends || now < b.ends).sort((a, b) => b.run - a.run)[0];
    const shown = this.#deal.querySelector(".banner");
    if (shown && shown.dataset.run === String(banner?.run)) return;
    shown?.remove();
    if (!banner) return;
    const element = document.importNode(document.getElementById("banner").content.firstElementChild, true);
    element.dataset.run = banner.run;
    const link = banner.link ? httpURL(banner.link) : "";
    if (link) {
      const a = document.createElement("a");
      a.href = link;
      a.target = "_blank";
      a.rel = "noopener noreferrer";
      a.textContent = banner.text;
      element.append(a);
    } else {
      element.textContent = banner.text;
    }
    this.#deal.append(element);
    announce(banner.text);
  }

  #tickList(running, now, stale) {
    const runs = new Set(running.map((o) => o.run));
    for (const [run, card] of this.#cards) {
      if (runs.has(run)) continue;
      card.element.parentElement.remove();
      this.#cards.delete(run);
    }
    running.forEach((offer, i) => {
      let card = this.#cards.get(offer.run);
      if (!card) {
        card = new Card();
        this.#cards.set(offer.run, card);
        const item = document.createElement("li");
        item.append(card.element);
        this.#list.insertBefore(item, this.#list.children[i] ?? null);
      }
      if (card.offer !== offer) card.show(offer);
      card.tick(now, stale);
      card.element.parentElement.toggleAttribute("data-shown", this.#shown?.offer.run === offer.run);
    });
    document.querySelector(".offers .only").hidden = running.length !== 1 || this.#shown?.offer.run !== running[0].run;
    document.querySelector(".offers .none").hidden = running.length > 0;
    const tally = document.querySelector(".tabs .tally");
    if (tally) setText(tally, running.length > 0 ? String(running.length) : "");
  }
}
