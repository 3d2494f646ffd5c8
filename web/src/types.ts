/** What the server says and takes; docs/api.md and /api/v1/openapi.json are the source of these shapes. */

export type Language = "hi" | "en";

export type SeatState =
  | "signed_out"
  | "connecting"
  | "paused"
  | "ready"
  | "preview"
  | "dialling"
  | "reserved"
  | "talking"
  | "wrap_up"
  | "unreachable";

export interface Seat {
  seat: number;
  state: SeatState;
  /** UTC epoch seconds of the server. */
  since: number;
  reason: string;
  draining: boolean;
  reachable: boolean;
  attempt_id: string | null;
  campaign_id: number | null;
  /** The person of the talk waits with music. */
  held: boolean;
  /** The seat of the colleague who talks too; without the person while they are held. */
  consults: number | null;
  /** The seat that asks this one. */
  guest_of: number | null;
  /** The supervisor is wanted. */
  asks_help: boolean;
  /** The telephone fell away in the talk: the person waits for it, was given to a colleague, or is gone. */
  interrupted: "" | "waits" | "given_on" | "ended";
  campaigns: number[];
}

/** A campaign that runs, is paused or is stopping. */
export interface Campaign {
  campaign_id: number;
  name: string;
  kind: string;
  state: string;
  /** `manual`, `preview`: people are shown before they are called, and may be looked up by the number. */
  mode: string;
}

export interface Colleague {
  seat: number;
  name: string;
  /** `supervisor`, `admin`, `operator`; empty: the desk is not open. */
  role: string;
  ready: boolean;
}

/** Texts by language code. */
export type Said = Record<string, string>;

export interface Option {
  value: string;
  key: string;
  say: Said;
}

/** `options` empty: a number or an ISO date between `minimum` and `maximum`. */
export interface Question {
  name: string;
  kind: string;
  say: Said;
  options: Option[];
  minimum: string;
  maximum: string;
  scheme: string;
}

export interface Survey {
  version_id: number;
  name: string;
  title: Said;
  questions: Question[];
}

/** The person on the line. `phone` is masked. */
export interface Person {
  attempt_id: string;
  campaign_id: number;
  campaign: string;
  contact_id: number;
  phone: string;
  name: string;
  language: string;
  constituency: number | null;
  booth: string;
  kind: string;
  role: string;
  schemes: string[];
  attributes: Record<string, unknown>;
  survey: Survey | null;
  answers: Record<string, string>;
  /** They called us. */
  inbound: boolean;
  /** What each operator of this call wrote, one's own too. */
  notes: CallNotes[];
  /** What was chosen so far, by whomever. */
  result: CallResult | null;
}

/** `at`: UTC epoch seconds. */
export interface CallNotes {
  operator_id: number;
  name: string;
  notes: string;
  at: number;
}

export interface CallResult {
  operator_id: number;
  name: string;
  code: string;
  at: number;
}

/** What is known of the person beyond the call; asked for after the pop. */
export interface Background {
  attempt_id: string | null;
  constituency: Said;
  /** Names of schemes by the word that the list or the script has for them. */
  schemes: Record<string, Said>;
  /** Seconds after the talk until the seat is ready by itself. */
  wrap_up_s: number | null;
  script: { say: Said; facts: Record<string, Said> } | null;
  earlier: EarlierTalk[];
}

export interface EarlierTalk {
  at: number;
  campaign: string;
  outcome: string;
  disposition: string;
  notes: string;
}

export interface Day {
  calls: number;
  talk_s: number;
  waiting_s: number;
}

export interface Numbers {
  mine: Day;
  dispositions: Record<string, number>;
  room: Day;
  operators: number;
}

/** Somebody who wants to speak with this operator again; `due_at`: UTC epoch seconds. */
export interface OwnCallback {
  due_at: number;
  name: string;
  campaign: string;
}

export interface SeatMessage {
  type: "seat";
  at: number;
  seat: Seat;
  call: Person | null;
}

export type ServerMessage =
  | SeatMessage
  | { type: "session_ended"; reason: string }
  | { type: "desk_replaced" }
  | { type: "going_away" }
  | { type: "pong" };

export interface Me {
  operator_id: number;
  username: string;
  name: string;
  role: string;
  language: string;
  seat: number | null;
  csrf: string;
  signed_in_at: number;
}

export interface Label {
  code: string;
  hi: string;
  en: string;
  key: string;
}

export interface Words {
  office: Said;
  dispositions: Label[];
  pause_reasons: Label[];
  skip_reasons: Label[];
}

/** RFC 9457. */
export interface ProblemDocument {
  title: string;
  status: number;
  code: string;
  detail: string;
  fix: string;
  fields: { field: string; message: string }[];
}
