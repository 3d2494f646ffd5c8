/** Asterisk's web socket, watched: a line that is half open says nothing, and is cut and made anew. */

import { WebSocketInterface } from "jssip";

/** Asterisk asks every 2 s whether the phone is there. */
const LONGEST_SILENCE_MS = 7_000;
const LOOK_EVERY_MS = 1_000;

export class WatchedSocket extends WebSocketInterface {
  #heardAt = 0;
  #watch = 0;

  override connect(): void {
    this.#heardAt = Date.now();
    clearInterval(this.#watch);
    this.#watch = window.setInterval(() => this.#look(), LOOK_EVERY_MS);
    super.connect();
  }

  override disconnect(): void {
    clearInterval(this.#watch);
    super.disconnect();
  }

  /** JsSIP's own handler of what came; its type does not name it. */
  _onMessage(event: MessageEvent): void {
    this.#heardAt = Date.now();
    this.ondata(event.data);
  }

  #look(): void {
    // A machine that slept looks here first: whatever it believes of the line is old.
    if (this.isConnected() && Date.now() - this.#heardAt > LONGEST_SILENCE_MS) this.cut();
  }

  /** Give the line up; JsSIP makes it anew by itself. */
  cut(): void {
    if (!this.isConnected()) return;
    this.disconnect();
    this.ondisconnect(true, 4000, "silent");
  }
}
