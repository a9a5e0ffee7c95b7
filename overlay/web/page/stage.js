// What is on the screen: one offer at a time and one banner, in turn when there
// are several. What has just begun comes first.

import { Card } from "./card.js";

const farewell = 5_000;    // for how long "sold out" is shown
const leaving = 500;       // the style's animation
const forgotten = 300_000; // without the server for so long, nobody knows whether what has no end is on

/** arrange changes what is on the screen; what has to make room glides. */
function arrange(change) {
  const places = [...document.querySelectorAll(".place")];
  const before = places.map((place) => place.getBoundingClientRect().top);
  change();
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  places.forEach((place, i) => {
    const by = before[i] - place.getBoundingClientRect().top;
    const was = place.dataset.full === "true";
    place.dataset.full = String(place.childElementCount > 0);
    if (by !== 0 && was && place.childElementCount > 0) {
      place.animate([{ transform: `translateY(${by}px)` }, { transform: "none" }], { duration: 450, easing: "cubic-bezier(.3, 0, .1, 1)" });
    }
  });
}

/** leave takes an element off the screen gracefully. */
async function leave(element) {
  element.classList.add("leaving");
  await new Promise((resolve) => setTimeout(resolve, leaving));
  arrange(() => element.remove());
}

/** newest comes first. */
const newest = (list) => [...list].sort((a, b) => b.run - a.run);

export class Stage {
  #settings;
  #clock;
  #feed;
  #offers = [];
  #banners = [];
  #over = new Set(); // runs that have ended here, whatever comes late
  #seen = new Set(); // runs that have had their first turn
  #shown = null;     // { run, card, since, ready, goneAt }
  #banner = null;    // { run, element, since }

  constructor(settings, clock, feed) {
    this.#settings = settings;
    this.#clock = clock;
    this.#feed = feed;
  }

  /** state takes what the server says is on. */
  state(view) {
    this.#offers = newest(view.offers);
    this.#banners = newest(view.banners);
    const soldOut = (view.ended ?? []).some((e) => e.run === this.#shown?.run && e.reason === "sold out");
    if (soldOut && this.#shown.goneAt === null) {
      arrange(() => this.#shown.card.soldOut());
      this.#shown.goneAt = performance.now() + farewell;
    }
    const offer = this.#offers.find((o) => o.run === this.#shown?.run);
    if (offer && this.#shown.ready) this.#shown.card.show(offer);
    this.tick();
  }

  /** tick is called several times a second. */
  tick() {
    const now = this.#clock.now();
    for (const offer of this.#offers) if (offer.ends && now >= offer.ends) this.#over.add(offer.run);
    const forgets = this.#feed.silentFor() > forgotten;
    this.#tickOffer(this.#offers.filter((o) => !this.#over.has(o.run) && (o.ends || !forgets)), now);
    this.#tickBanner(this.#banners.filter((b) => (b.ends ? now < b.ends : !forgets)));
  }

  fit() {
    if (this.#shown?.ready) this.#shown.card.fit();
  }

  #tickOffer(offers, now) {
    const shown = this.#shown;
    if (shown && shown.goneAt !== null) {
      if (performance.now() >= shown.goneAt) this.#drop();
      return;
    }
    const offer = offers.find((o) => o.run === shown?.run);
    if (shown && !offer) this.#drop();
    const next = this.#next(offers, offer);
    if (next) this.#enter(next);
    else if (offer && shown.ready) {
      shown.card.stock(this.#feed.stale() ? null : offer.stock);
      shown.card.tick(now);
    }
  }

  // next is the offer whose turn it is, if it is not the one that is shown.
  #next(offers, offer) {
    const fresh = offers.find((o) => !this.#seen.has(o.run));
    if (fresh) return fresh;
    if (!offer) return offers[0];
    if (offers.length < 2 || !this.#shown.ready || performance.now() - this.#shown.since < this.#settings.turn) return undefined;
    return offers[(offers.indexOf(offer) + 1) % offers.length];
  }

  // drop ends what is shown, and is done when it has left.
  #drop() {
    const { element } = this.#shown.card;
    this.#shown = null;
    return leave(element);
  }

  async #enter(offer) {
    const gone = this.#shown ? this.#drop() : Promise.resolve();
    this.#seen.add(offer.run);
    const shown = { run: offer.run, card: new Card(this.#settings), since: performance.now(), ready: false, goneAt: null };
    this.#shown = shown;
    await Promise.all([shown.card.load(offer), gone]);
    if (this.#shown !== shown) return; // it has been overtaken
    const current = this.#offers.find((o) => o.run === offer.run);
    if (!current || shown.goneAt !== null) { // it was over before it could be seen
      this.#shown = null;
      return;
    }
    shown.card.show(current);
    shown.card.tick(this.#clock.now());
    arrange(() => {
      document.querySelector(".offers").append(shown.card.element);
      shown.card.fit();
    });
    shown.ready = true;
    shown.since = performance.now();
  }

  #tickBanner(banners) {
    const shown = this.#banner;
    const banner = banners.find((b) => b.run === shown?.run);
    const others = banners.length > 1 && performance.now() - shown?.since > this.#settings.turn / 2;
    let next;
    if (!banner || banners[0].run > shown.top) next = banners[0];
    else if (others) next = banners[(banners.indexOf(banner) + 1) % banners.length];
    if (shown && (!banner || next)) {
      leave(shown.element);
      this.#banner = null;
    }
    if (next) this.#enterBanner(next, banners[0].run);
  }

  #enterBanner(banner, top) {
    const element = document.importNode(document.getElementById("banner").content.firstElementChild, true);
    element.querySelector(".text").textContent = banner.text;
    arrange(() => document.querySelector(".banners").append(element));
    this.#banner = { run: banner.run, top, element, since: performance.now() };
  }
}
