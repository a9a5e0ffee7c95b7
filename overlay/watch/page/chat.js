// The chat beside the picture.

import { Events } from "./events.js";
import { send } from "./send.js";
import { words } from "./text.js";
import { whenHidden } from "./hidden.js";

const kept = 200;      // messages on the page
const key = "hawker.chat";
const longest = 2 ** 31 - 1; // milliseconds that a timer can have; one with more is due at once

/** stored is what this browser keeps of who writes here. */
function stored() {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}

function store(value) {
  try {
    if (value) localStorage.setItem(key, JSON.stringify(value));
    else localStorage.removeItem(key);
  } catch {
    // It is a name for this visit, then.
  }
}

function freshID() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** hue is a colour for a name, the same for each of its messages. */
function hue(text) {
  let n = 0;
  for (const c of text) n = (n * 31 + c.codePointAt(0)) % 360;
  return n;
}

export class Chat {
  #base;
  #me = stored();
  #mine = ""; // the public id
  #root = document.querySelector(".chat");
  #log = document.querySelector(".chat .log");
  #form = document.querySelector(".chat .post");
  #newer = document.querySelector(".chat .newer");
  #unread = document.querySelector(".tabs .unread");
  #messages = new Map(); // by id
  #missed = 0;
  #ends = true; // the newest is in sight, or will be with the chat
  #slow = 0;
  #wait;

  constructor(base) {
    this.#base = base + "/chat";
    this.#self();
    this.#root.querySelector(".rename").addEventListener("click", () => {
      this.#self(true);
      this.#form.elements.nickname.focus();
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#newer.addEventListener("click", () => this.#toEnd());
    let top = 0;
    this.#log.addEventListener("scroll", () => {
      if (this.#atEnd()) this.#newer.hidden = this.#ends = true;
      else if (this.#log.scrollTop < top) this.#ends = false; // not because it became smaller
      top = this.#log.scrollTop;
    });
    // It comes into sight, or makes room for a keyboard.
    new ResizeObserver(() => {
      this.#seen();
      if (this.#ends) this.#toEnd();
    }).observe(this.#log);
    this.#root.querySelector(".erase").addEventListener("click", () => this.#erase());
    const events = new Events(() => this.#base + "/events", {
      room: (room) => this.#room(room),
      message: (message) => this.#add(message),
      delete: ({ id }) => this.#remove((m) => m.id === id),
      erase: ({ viewer }) => this.#remove((m) => m.viewer === viewer),
      mode: (mode) => this.#mode(mode),
      beat: () => {},
    });
    whenHidden(() => events.sleep(), () => events.now());
  }

  // self shows who writes.
  #self(edit = !this.#me.nickname) {
    this.#form.elements.nickname.value = this.#me.nickname ?? "";
    this.#root.querySelector(".name").hidden = !edit;
    this.#root.querySelector(".self").hidden = edit;
    this.#root.querySelector(".self span").textContent = words.youAre.replace("#", this.#me.nickname ?? "");
  }

  // room is all there is, first of all and after each reconnection. Who reads what
  // was said before stays there.
  #room(room) {
    const follow = this.#follows();
    const ids = new Set(room.messages.map((m) => m.id));
    const more = room.messages.some((m) => !this.#messages.has(m.id));
    this.#remove((m) => !ids.has(m.id));
    this.#root.querySelector(".notice").textContent = room.notice ?? "";
    this.#mode(room);
    for (const message of room.messages) this.#add(message, true);
    if (follow) this.#toEnd();
    else if (more) this.#newer.hidden = false;
  }

  #mode({ enabled, slow_seconds: slow }) {
    // What was written can be erased when nobody can write, too.
    if (!enabled) this.#self();
    this.#form.hidden = !enabled;
    for (const name of [".rename", ".notice"]) this.#root.querySelector(name).hidden = !enabled;
    this.#root.querySelector(".off").hidden = enabled;
    this.#slow = slow ?? 0;
    this.#root.querySelector(".slow").textContent = this.#slow > 0 ? words.slowMode.replace("#", String(this.#slow)) : "";
  }

  #add(message, old) {
    if (this.#messages.has(message.id)) return;
    const follow = this.#follows();
    const item = document.createElement("li");
    item.dataset.role = message.role;
    const who = document.createElement("b");
    who.textContent = message.nickname;
    if (message.role === "viewer") who.style.setProperty("--hue", hue(message.viewer ?? message.nickname));
    item.append(who);
    if (message.role !== "viewer") {
      const badge = document.createElement("span");
      badge.className = "badge";
      badge.textContent = message.role === "host" ? words.host : words.moderator;
      item.append(badge);
    }
    const text = document.createElement("span");
    text.className = "said";
    text.textContent = message.text;
    item.append(text);
    if (this.#mine && message.viewer === this.#mine) item.dataset.mine = "";
    this.#messages.set(message.id, { ...message, item });
    this.#log.append(item);
    if (this.#messages.size > kept) {
      const [first, { item: oldest }] = this.#messages.entries().next().value;
      oldest.remove();
      this.#messages.delete(first);
    }
    if (old) return;
    if (follow) this.#toEnd();
    else this.#newer.hidden = false;
    this.#count();
  }

  #remove(which) {
    for (const [id, message] of this.#messages) {
      if (!which(message)) continue;
      message.item.remove();
      this.#messages.delete(id);
    }
  }

  // On a phone the chat may be behind another tab.
  #count() {
    if (!this.#unread || this.#root.offsetParent !== null) return;
    this.#missed++;
    this.#unread.hidden = false;
    this.#unread.textContent = this.#missed > 99 ? "99+" : String(this.#missed);
  }

  #seen() {
    if (!this.#unread || this.#root.offsetParent === null) return;
    this.#missed = 0;
    this.#unread.hidden = true;
  }

  #follows() {
    return this.#root.offsetParent === null ? this.#ends : this.#atEnd();
  }

  #atEnd() {
    return this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < 60;
  }

  #toEnd() {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#ends = true;
    this.#newer.hidden = true;
  }

  async #send() {
    const nickname = this.#form.elements.nickname.value.trim();
    const text = this.#form.elements.text.value.trim();
    if (!text) return this.#form.elements.text.focus();
    if (!nickname) {
      this.#say(words.needName);
      return this.#form.elements.nickname.focus();
    }
    this.#keep({ ...this.#me, viewer: this.#me.viewer ?? freshID() }); // whoever has it can erase
    const button = this.#form.querySelector("button[type=submit]");
    button.disabled = true;
    try {
      const { ok, answer } = await send(this.#base, { ...this.#me, nickname, text });
      if (!ok) return this.#say(answer.error ?? words.notSent, answer.retry_after);
      this.#mine = answer.viewer;
      this.#keep({ ...this.#me, nickname });
      this.#self();
      this.#say("");
      if (this.#form.elements.text.value.trim() === text) this.#form.elements.text.value = "";
      this.#add(answer);
      this.#toEnd();
    } catch (error) {
      this.#say(error.name === "AbortError" ? words.unanswered : words.notSent);
    } finally {
      button.disabled = false;
    }
  }

  #keep(me) {
    this.#me = me;
    store(me);
  }

  #say(text, seconds) {
    clearTimeout(this.#wait);
    this.#root.querySelector(".wrong").textContent = text;
    if (seconds) this.#wait = setTimeout(() => this.#say(""), Math.min(seconds * 1000, longest));
  }

  async #erase() {
    if (!this.#me.viewer) return;
    try {
      const { ok } = await send(this.#base + "/erase", { viewer: this.#me.viewer });
      if (!ok) return this.#say(words.notErased);
      this.#me = {};
      store(null);
      this.#self();
      this.#say("");
    } catch {
      this.#say(words.notErased);
    }
  }
}
