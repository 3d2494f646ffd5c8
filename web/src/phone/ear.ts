/** Measures what goes out of the microphone and what comes back on the line, while the operator speaks. */

import { signal } from "@preact/signals";
import { loudestPart, pointer, QUIET } from "./loudness.ts";
import type { Phone } from "./phone.ts";

const LOOK_EVERY_MS = 100;
/** At 48 kHz 170 ms: nothing is missed between two looks. */
const SAMPLES = 8192;

/** What the browser measured; `null`: it could not. Levels: the loudest moment, dBFS. Times in milliseconds. */
export interface Measured {
  microphone_db: number | null;
  returned_db: number | null;
  jitter_ms: number | null;
  lost_share: number | null;
  round_trip_ms: number | null;
}

interface Counted {
  received: number;
  lost: number;
  jitter: number | null;
  roundTrip: number | null;
}

class Meter {
  readonly level = signal(QUIET);
  loudest = QUIET;
  #analyser: AnalyserNode;
  #samples = new Float32Array(SAMPLES);

  constructor(sound: AudioContext, stream: MediaStream) {
    this.#analyser = new AnalyserNode(sound, { fftSize: SAMPLES });
    sound.createMediaStreamSource(stream).connect(this.#analyser);
  }

  look(): void {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const now = loudestPart(this.#samples);
    this.level.value = pointer(this.level.value, now, LOOK_EVERY_MS / 1000);
    this.loudest = Math.max(this.loudest, now);
  }
}

export class Ear {
  readonly microphone: Meter | null;
  readonly returned: Meter | null;
  #phone: Phone;
  #sound = new AudioContext();
  #timer: number;
  #before: Promise<Counted>;

  constructor(phone: Phone) {
    this.#phone = phone;
    this.microphone = this.#meter(phone.voice);
    this.returned = this.#meter(phone.heard);
    this.#before = count(phone.connection());
    this.#timer = window.setInterval(() => {
      this.microphone?.look();
      this.returned?.look();
    }, LOOK_EVERY_MS);
  }

  #meter(stream: MediaStream | null): Meter | null {
    return stream === null || stream.getAudioTracks().length === 0 ? null : new Meter(this.#sound, stream);
  }

  /** Measure no more. */
  async close(): Promise<Measured> {
    clearInterval(this.#timer);
    const [before, after] = [await this.#before, await count(this.#phone.connection())];
    await this.#sound.close();
    const [received, lost] = [after.received - before.received, after.lost - before.lost];
    return {
      microphone_db: this.microphone?.loudest ?? null,
      returned_db: this.returned?.loudest ?? null,
      jitter_ms: after.jitter === null ? null : after.jitter * 1000,
      lost_share: received + lost > 0 ? Math.max(0, lost) / (received + Math.max(0, lost)) : null,
      round_trip_ms: after.roundTrip === null ? null : after.roundTrip * 1000,
    };
  }
}

async function count(connection: RTCPeerConnection | undefined): Promise<Counted> {
  const counted: Counted = { received: 0, lost: 0, jitter: null, roundTrip: null };
  if (connection === undefined) return counted;
  for (const one of (await connection.getStats()).values() as Iterable<Record<string, unknown>>) {
    if (one["type"] === "inbound-rtp") {
      counted.received = Number(one["packetsReceived"] ?? 0);
      counted.lost = Number(one["packetsLost"] ?? 0);
      counted.jitter = one["jitter"] === undefined ? null : Number(one["jitter"]);
    }
    if (one["type"] === "candidate-pair" && one["nominated"] === true && one["currentRoundTripTime"] !== undefined) {
      counted.roundTrip = Number(one["currentRoundTripTime"]);
    }
  }
  return counted;
}
