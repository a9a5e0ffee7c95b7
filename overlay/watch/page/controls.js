// The buttons on the picture, and their keys.

import { words } from "./text.js";

const lingers = 3_000; // milliseconds for which buttons stay when nobody moves
const behindLive = 3;  // seconds from which on there is a way back to now

export class Controls {
  #player;
  #video;
  #root = document.querySelector(".player");
  #stage = document.querySelector(".stage");
  #part = (name) => this.#root.querySelector("." + name);
  #hiding;
  #sounded = false; // there was sound once: the large button has done its work

  constructor(player) {
    this.#player = player;
    this.#video = player.video;
    this.#part("play").addEventListener("click", () => this.toggle());
    this.#part("mute").addEventListener("click", () => this.mute());
    this.#part("sound").addEventListener("click", () => this.#begin());
    this.#part("edge").addEventListener("click", () => this.#resume());
    this.#part("full").addEventListener("click", () => this.full());
    this.#part("pip").addEventListener("click", () => this.pip());
    this.#part("volume").addEventListener("input", (event) => this.volume(event.target.value / 100));
    this.#video.addEventListener("click", () => this.#tapped());
    this.#video.addEventListener("dblclick", () => this.full());
    for (const name of ["play", "pause", "volumechange"]) this.#video.addEventListener(name, () => this.#show());
    document.addEventListener("fullscreenchange", () => this.#show());
    this.#stage.addEventListener("pointermove", (event) => { if (event.pointerType !== "touch") this.#wake(); });
    this.#root.addEventListener("focusin", () => this.#wake());
    addEventListener("keydown", (event) => this.#key(event));
    // Not in every frame, and of an iPhone's page only the video by itself.
    this.#part("full").hidden = !document.fullscreenEnabled && !(!this.#stage.requestFullscreen && this.#video.webkitEnterFullscreen);
    this.#part("pip").hidden = !document.pictureInPictureEnabled;
    this.#part("volume").hidden = matchMedia("(hover: none)").matches;
    setInterval(() => { this.#part("edge").hidden = this.#video.paused || player.ahead() < behindLive + 2; }, 500);
    this.#show();
  }

  /** on shows the buttons while there is a picture. */
  on(yes) {
    this.#part("controls").hidden = !yes;
    this.#part("live").hidden = !yes;
    this.#part("sound").hidden = !yes || this.#sounded || !this.#video.muted;
    if (yes) this.#wake();
  }

  /** halted says that the browser wants a tap before anything plays. */
  halted() {
    this.#player.halted = true;
    this.#part("sound").querySelector("span").textContent = words.tapToPlay;
    this.#part("sound").hidden = false;
    this.#part("controls").hidden = false;
  }

  // The first tap is for sound, which browsers give nobody without one.
  #begin() {
    this.#video.muted = false;
    if (this.#video.volume === 0) this.#video.volume = 1;
    if (this.#video.paused) this.#resume();
    this.#part("play").focus({ preventScroll: true });
  }

  #tapped() {
    const asleep = this.#root.dataset.asleep !== undefined;
    this.#wake();
    if (this.#video.muted && !this.#sounded) this.#begin();
    else if (matchMedia("(hover: hover)").matches) this.toggle();
    else if (!asleep) this.#sleep();
  }

  toggle() {
    if (this.#video.paused) this.#resume();
    else {
      this.#player.halted = true;
      this.#video.pause();
    }
  }

  // A live picture goes on with what is now.
  #resume() {
    this.#player.halted = false;
    this.#player.live();
    this.#video.play().catch((error) => { if (error.name === "NotAllowedError") this.halted(); });
  }

  mute() {
    this.#video.muted = !this.#video.muted;
    if (!this.#video.muted && this.#video.volume === 0) this.#video.volume = 0.5;
  }

  volume(value) {
    this.#video.volume = Math.min(1, Math.max(0, value));
    this.#video.muted = this.#video.volume === 0;
  }

  full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (this.#stage.requestFullscreen) this.#stage.requestFullscreen().catch(() => {});
    else this.#video.webkitEnterFullscreen?.();
  }

  pip() {
    if (document.pictureInPictureElement) document.exitPictureInPicture();
    else this.#video.requestPictureInPicture().catch(() => {});
  }

  // Single keys act on the player only where it has the focus: elsewhere they may be
  // those of a screen reader, or of somebody who speaks to the device.
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.#part("controls").hidden) return;
    if (!this.#root.contains(event.target)) return;
    if (event.target.closest("input, textarea, select")) return;
    const onButton = event.target.closest("button, a");
    const act = {
      k: () => this.toggle(),
      m: () => this.mute(),
      f: () => this.full(),
      p: () => this.pip(),
      l: () => this.#player.live(),
      " ": onButton ? null : () => this.toggle(),
      ArrowUp: () => this.volume(this.#video.volume + 0.1),
      ArrowDown: () => this.volume(this.#video.volume - 0.1),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    this.#wake();
    act();
  }

  #wake() {
    delete this.#root.dataset.asleep;
    clearTimeout(this.#hiding);
    this.#hiding = setTimeout(() => this.#sleep(), lingers);
  }

  #sleep() {
    if (this.#video.paused || this.#part("controls").matches(":focus-within:has(:focus-visible)")) return;
    this.#root.dataset.asleep = "";
  }

  #show() {
    const { paused, muted, volume } = this.#video;
    if (!muted) this.#sounded = true;
    this.#button("play", paused ? "play" : "pause", paused ? words.play : words.pause);
    this.#button("mute", muted ? "muted" : "loud", muted ? words.soundOn : words.soundOff);
    this.#button("full", "full", document.fullscreenElement ? words.notFull : words.full);
    this.#part("volume").value = String(Math.round((muted ? 0 : volume) * 100));
    if (this.#sounded) this.#part("sound").hidden = true;
    if (!paused && muted && !this.#sounded) this.#part("sound").querySelector("span").textContent = words.sound;
    this.#wake();
  }

  #button(name, icon, label) {
    const button = this.#part(name);
    button.setAttribute("aria-label", label);
    button.title = label;
    button.querySelector("use").setAttribute("href", "#i-" + icon);
  }
}
