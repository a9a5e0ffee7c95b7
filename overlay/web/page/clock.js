// The server's time, whatever the clock of this machine says.

// kept is how many samples count: some minutes of them.
const kept = 20;

export class Clock {
  #samples = [];

  /** sync takes a time that the server has just told, in Unix milliseconds. */
  sync(serverNow) {
    const sample = serverNow - performance.now();
    // A clock that was set makes all that was known before worthless.
    if (this.#samples.length > 0 && Math.abs(sample - this.#offset()) > 2000) this.#samples = [];
    this.#samples.push(sample);
    if (this.#samples.length > kept) this.#samples.shift();
  }

  // The sample that was the least under way: what is late makes the server's
  // time look earlier than it is.
  #offset() {
    return Math.max(...this.#samples);
  }

  now() {
    return performance.now() + this.#offset();
  }
}
