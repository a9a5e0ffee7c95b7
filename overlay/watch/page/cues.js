// What is told comes before the picture that it belongs to: it waits for that.

/** Cues hands states to show, in their order, each when the picture is there. */
export class Cues {
  #show;
  #player;
  #queue = [];
  #session = "";

  constructor(player, show) {
    this.#player = player;
    this.#show = show;
    player?.addEventListener("frame", (event) => this.#run(event.detail));
    setInterval(() => this.#run(player?.mediaTime() ?? null), 200);
  }

  /** push takes a state that has just been told. */
  push(state) {
    if (state.session !== this.#session) this.#queue = []; // the stream's time has begun anew
    this.#session = state.session;
    this.#queue.push({ state, at: performance.now() });
    this.#run(this.#player?.mediaTime() ?? null);
  }

  // run shows what holds at a media time; without a picture, all that there is.
  // Nothing waits for longer than a picture can be late.
  #run(mediaTime) {
    while (this.#queue.length > 0) {
      const { state, at } = this.#queue[0];
      const early = mediaTime !== null && mediaTime < state.t;
      if (early && performance.now() - at < this.#player.behind) return;
      this.#queue.shift();
      this.#show(state);
    }
  }
}
