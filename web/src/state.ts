/** The desk as a value: what the server said and how the line to it is. `reduce` is pure. */

import type { Me, SeatMessage, ServerMessage, Words } from "./types.ts";

/** `opening`: never heard yet; `lost`: the network is cut; `restarting`: the daemon said that it goes. */
export type Link = "opening" | "up" | "lost" | "restarting";

export interface Desk {
  me: Me | null;
  words: Words | null;
  link: Link;
  /** Local clock, ms: since when the line is not up. */
  downSince: number;
  message: SeatMessage | null;
  /** Milliseconds that the server's clock is ahead of this one. */
  ahead: number;
  /** Why the last sign-in ended; empty while nothing ended. */
  ended: string;
  replaced: boolean;
}

export type Happening =
  | { type: "signed_in"; me: Me; words: Words }
  | { type: "signed_out"; reason: string }
  | { type: "heard"; message: ServerMessage; at: number }
  | { type: "line_cut"; at: number }
  | { type: "used_here" };

export const NOBODY: Desk = {
  me: null,
  words: null,
  link: "opening",
  downSince: 0,
  message: null,
  ahead: 0,
  ended: "",
  replaced: false,
};

export function reduce(desk: Desk, happening: Happening): Desk {
  switch (happening.type) {
    case "signed_in":
      return { ...NOBODY, me: happening.me, words: happening.words };
    case "signed_out":
      return { ...NOBODY, ended: happening.reason };
    case "heard":
      return heard(desk, happening.message, happening.at);
    case "line_cut":
      return cut(desk, happening.at);
    case "used_here":
      return { ...desk, replaced: false, link: "opening" };
  }
}

function heard(desk: Desk, message: ServerMessage, at: number): Desk {
  switch (message.type) {
    case "seat":
      return { ...desk, link: "up", downSince: 0, ahead: message.at * 1000 - at, message: withPerson(desk, message) };
    case "session_ended":
      return { ...NOBODY, ended: message.reason };
    case "desk_replaced":
      return { ...desk, replaced: true };
    case "going_away":
      return { ...desk, link: "restarting", downSince: at };
    case "pong":
      return desk;
  }
}

/** A message that knows the call but not yet the person must not wipe the person that is shown already. */
function withPerson(desk: Desk, message: SeatMessage): SeatMessage {
  const shown = desk.message?.call ?? null;
  const isSame = shown !== null && shown.attempt_id === message.seat.attempt_id;
  return message.call === null && isSame ? { ...message, call: shown } : message;
}

function cut(desk: Desk, at: number): Desk {
  if (desk.me === null || desk.replaced || desk.link === "restarting" || desk.link === "lost") return desk;
  return { ...desk, link: "lost", downSince: at };
}

/** Seconds since the server's time `since`, never negative. */
export function secondsSince(desk: Desk, since: number, now: number): number {
  return Math.max(0, (now + desk.ahead) / 1000 - since);
}
