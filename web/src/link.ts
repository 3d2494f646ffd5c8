/** The WebSocket to the server: opened again by itself, waiting a little longer each time. */

import { ask, type Outcome } from "./api.ts";
import type { Happening } from "./state.ts";
import type { Me, ServerMessage } from "./types.ts";

const ENDED = 4001;
const REPLACED = 4002;

export const PING_MS = 1_500;
/** A line that does not answer a ping for this long is cut: found within 4.5 s. */
export const SILENCE_MS = 2_500;
const LONGEST_WAIT_MS = 5_000;

/** How long to wait before the next try; the jitter keeps 36 desks from coming back in one moment. */
export function waitMs(tries: number, random: number): number {
  const full = Math.min(LONGEST_WAIT_MS, 250 * 2 ** Math.min(tries, 10));
  return full * (0.5 + random / 2);
}

export interface Surroundings {
  open: () => WebSocket;
  whoAmI: () => Promise<Outcome<Me>>;
  tell: (happening: Happening) => void;
}

const PAGE: Omit<Surroundings, "tell"> = {
  open: () => new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/desk`),
  whoAmI: () => ask<Me>("GET", "/api/v1/me"),
};

/** One per sign-in: `stop` ends it for good. */
export class Link {
  private socket: WebSocket | null = null;
  private tries = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pulse: ReturnType<typeof setInterval> | undefined;
  /** Local clock, ms: when something was asked that is not answered yet; 0: nothing. */
  private askedAt = 0;
  private stopped = false;

  constructor(
    private readonly tell: (happening: Happening) => void,
    private readonly around: Omit<Surroundings, "tell"> = PAGE,
  ) {}

  start(): void {
    this.stopped = false;
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.drop();
  }

  /** The network is said to be back: do not wait for the next try. */
  hurry(): void {
    if (this.stopped || this.socket !== null) return;
    clearTimeout(this.timer);
    this.tries = 0;
    this.connect();
  }

  private connect(): void {
    const socket = this.around.open();
    this.socket = socket;
    this.askedAt = Date.now();
    this.pulse = setInterval(() => this.beat(socket), PING_MS);
    socket.onmessage = (event) => {
      if (socket !== this.socket) return;
      this.askedAt = 0;
      this.tries = 0;
      this.tell({ type: "heard", message: JSON.parse(String(event.data)) as ServerMessage, at: Date.now() });
    };
    socket.onclose = (event) => {
      if (socket === this.socket) this.closed(event.code);
    };
  }

  /** A line that carries nothing any more looks open: only silence tells. */
  private beat(socket: WebSocket): void {
    if (socket !== this.socket) return;
    if (this.askedAt !== 0) {
      if (Date.now() - this.askedAt > SILENCE_MS) this.closed(1006);
    } else if (socket.readyState === 1) {
      this.askedAt = Date.now();
      socket.send('{"type":"ping"}');
    }
  }

  private drop(): void {
    clearInterval(this.pulse);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  private closed(code: number): void {
    this.drop();
    if (this.stopped || code === REPLACED) return;
    if (code === ENDED) {
      this.stopped = true;
      return;
    }
    this.tell({ type: "line_cut", at: Date.now() });
    this.timer = setTimeout(() => void this.again(), waitMs(this.tries++, Math.random()));
  }

  /** A refused handshake says nothing to a page: ask by request whether the sign-in still lives. */
  private async again(): Promise<void> {
    const me = await this.around.whoAmI();
    if (this.stopped || this.socket !== null) return;
    if (!me.ok && (me.problem?.status === 401 || me.problem?.status === 403)) {
      this.stopped = true;
      this.tell({ type: "signed_out", reason: "idle" });
    } else if (me.ok) {
      this.connect();
    } else {
      this.timer = setTimeout(() => void this.again(), waitMs(this.tries++, Math.random()));
    }
  }
}
