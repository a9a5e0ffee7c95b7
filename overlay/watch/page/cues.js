// What is told comes before the picture that it belongs to: it waits for that.

const recent = 1_000; // milliseconds

/** Cues hands states to show, in their order, each when the picture is there. */
export class Cues {
  #show;
  #player;
  #queue = [];
  #session = "";
  #frame = { time: 0, at: -Infinity };

  constructor(player, show) {
    this.#player = player;
    this.#show = show;
    player?.addEventListener("frame", (event) => {
      this.#frame = { time: event.detail, at: performance.now() };
      this.#run(event.detail);
    });
    setInterval(() => this.#run(this.#now()), 200);
  }

  // now is the time of the picture that is to be seen. A player's own clock can be
  // a little ahead of it, and is for pages that nobody sees.
  #now() {
    if (performance.now() - this.#frame.at < recent) return this.#frame.time;
    return this.#player?.mediaTime() ?? null;
  }

  /** push takes a state that has just been told. */
  push(state) {
    if (state.session !== this.#session) this.#queue = []; // the stream's time has begun anew
    this.#session = state.session;
    this.#queue.push({ state, at: performance.now() });
    this.#run(this.#now());
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
