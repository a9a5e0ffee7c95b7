// The offers and banners of a state: one offer in the picture, all in the list.

import { announce, clockText, isFew, moneyText, setText, stockText, words } from "./text.js";

const farewell = 5_000;   // milliseconds for which "sold out" is shown
const staleAfter = 5_000; // without the server, how many are left is not known
const hurry = 10_000;

/** httpURL is a link that may be followed; "" for any other. */
function httpURL(link) {
  try {
    const url = new URL(link, location.href);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : "";
  } catch {
    return "";
  }
}

/** Card is one offer on the page. */
class Card {
  #parts = {};
  #least = Infinity; // of the countdown, which never goes up
  offer;
  phase = "";

  constructor(closes) {
    this.element = document.importNode(document.getElementById("offer").content.firstElementChild, true);
    for (const name of ["ad", "stock", "notes", "title", "price", "compare", "time", "label", "digits", "buy"]) {
      this.#parts[name] = this.element.querySelector("." + name);
    }
    const img = this.element.querySelector("img");
    img.addEventListener("error", () => { this.element.classList.add("plain"); });
    if (closes) this.element.append(closer(closes));
  }

  show(offer) {
    const p = this.#parts;
    const money = (amount) => moneyText(amount, offer.currency, offer.digits);
    this.offer = offer;
    setText(p.title, offer.title);
    setText(p.price, money(offer.price));
    setText(p.compare, offer.compare_at ? money(offer.compare_at) : "");
    p.compare.hidden = !offer.compare_at;
    setText(p.ad, words[offer.disclosure] ?? "");
    p.ad.hidden = p.ad.textContent === "";
    setText(p.buy, offer.cta || words.buy);
    p.buy.setAttribute("aria-label", `${offer.cta || words.buy}: ${offer.title} (${words.opens})`);
    const link = httpURL(offer.link);
    if (link) p.buy.href = link;
    this.#picture(offer.image);
    this.stock(offer.stock);
  }

  #picture(link) {
    const img = this.element.querySelector("img");
    const url = link ? httpURL(link) : "";
    if (url && img.src === url) return;
    this.element.classList.toggle("plain", !url);
    if (url) img.src = url;
  }

  stock(stock) {
    const p = this.#parts;
    setText(p.stock, stockText(stock));
    p.stock.hidden = p.stock.textContent === "";
    p.stock.classList.toggle("few", isFew(stock));
    p.notes.hidden = p.stock.hidden && p.ad.hidden;
  }

  tick(now, stale) {
    if (this.phase === "over") return;
    const { starts, ends, stock } = this.offer;
    const phase = now < starts ? "soon" : ends ? "on" : "endless";
    if (phase !== this.phase) this.#least = Infinity;
    this.phase = phase;
    this.element.dataset.phase = phase;
    this.stock(stale ? null : stock);
    const p = this.#parts;
    p.time.hidden = phase === "endless";
    if (phase === "endless") return;
    this.#least = Math.max(0, Math.min(this.#least, (phase === "soon" ? starts : ends) - now));
    setText(p.label, phase === "soon" ? words.starts : words.ends);
    setText(p.digits, clockText(this.#least));
    this.element.classList.toggle("hurry", phase === "on" && this.#least <= hurry);
  }

  over() {
    this.phase = "over";
    this.element.dataset.phase = "over";
    const p = this.#parts;
    this.stock(null);
    p.time.hidden = false;
    setText(p.label, "");
    setText(p.digits, words.out);
    p.buy.removeAttribute("href");
    p.buy.hidden = true;
  }
}

function closer(close) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "close";
  button.setAttribute("aria-label", words.hide);
  button.append(icon("close"));
  button.addEventListener("click", close);
  return button;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", "#i-" + name);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

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
