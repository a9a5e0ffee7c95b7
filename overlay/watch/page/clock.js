// The server's time, whatever the clock of this device says.

const kept = 20; // samples: some minutes of them

export class Clock {
  #samples = [];

  /** sync takes a time that the server has just told, in Unix milliseconds. */
  sync(serverNow) {
    const sample = serverNow - performance.now();
    // A device that slept, or a server whose clock was set.
    if (this.#samples.length > 0 && Math.abs(sample - this.#offset()) > 2000) this.#samples = [];
    this.#samples.push(sample);
    if (this.#samples.length > kept) this.#samples.shift();
  }

  // What was the least under way tells it best: lateness makes it look earlier.
  #offset() {
    return Math.max(...this.#samples);
  }

  /** now is the device's own time until the server's is known. */
  now() {
    return this.#samples.length > 0 ? performance.now() + this.#offset() : Date.now();
  }
}
