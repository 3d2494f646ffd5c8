import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

/** What the telephone touches of a browser. */
const shelf = new Map<string, string>();
const heard: number[] = [];
const tracks = (): { enabled: boolean; stop: () => void; onended: unknown }[] => voices.at(-1) ?? [];
const voices: { enabled: boolean; stop: () => void; onended: unknown }[][] = [];
const wanted: unknown[] = [];
const sinks: string[] = [];
let mayPlay = true;

class Ear {
  autoplay = false;
  volume = 1;
  srcObject: unknown = null;
  paused = false;
  play(): Promise<void> { return mayPlay ? Promise.resolve() : Promise.reject(new Error("click first")); }
  setSinkId(id: string): Promise<void> { sinks.push(id); return Promise.resolve(); }
}

class Level {
  gain = {
    linearRampToValueAtTime: (value: number): void => { if (value > 0) heard.push(value); },
    setValueAtTime: (): void => undefined,
  };
  connect(): { connect: () => void } { return { connect: () => undefined }; }
}

class Tone {
  connect(other: Level): Level { return other; }
  start(): void { /* it sounds */ }
  stop(): void { /* and ends */ }
}

const microphone = {
  getUserMedia: (asked: unknown) => {
    wanted.push(asked);
    const made = [{ enabled: true, stop: () => undefined, onended: null as unknown }];
    voices.push(made);
    return Promise.resolve({ getTracks: () => made, getAudioTracks: () => made });
  },
};

const faked: Record<string, unknown> = {
  localStorage: { getItem: (key: string) => shelf.get(key) ?? null, setItem: (key: string, value: string) => shelf.set(key, value), removeItem: (key: string) => shelf.delete(key) },
  navigator: { mediaDevices: microphone, userAgent: "test" },
  Audio: Ear,
  AudioContext: class { currentTime = 0; destination = {}; },
  OscillatorNode: Tone,
  GainNode: Level,
  window: globalThis,
  document: { addEventListener: () => undefined, hidden: false },
  addEventListener: () => undefined,
  fetch: () => Promise.resolve(new Response(JSON.stringify({ code: "not_signed_in", status: 401 }), { status: 401 })),
};
for (const [name, value] of Object.entries(faked)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });

const { Phone } = await import("../src/phone/phone.ts");
const { followTelephone, phone } = await import("../src/phone/telephone.ts");
const { happen } = await import("../src/store.ts");
type Me = import("../src/types.ts").Me;
type Seat = import("../src/types.ts").Seat;
type Words = import("../src/types.ts").Words;

const SEAT = {
  seat: 1, state: "ready", since: 0, reason: "", draining: false, reachable: true, attempt_id: null, campaign_id: null,
  held: false, consults: null, guest_of: null, asks_help: false, interrupted: "", campaigns: [1],
} satisfies Seat;

function seat(state: Seat["state"], attempt: string | null = null): void {
  happen({ type: "heard", message: { type: "seat", at: 0, seat: { ...SEAT, state, attempt_id: attempt }, call: null }, at: 0 });
}

beforeEach(() => {
  shelf.clear();
  heard.length = 0;
  mayPlay = true;
});

test("whoever is muted sends nothing, until the next person comes", async () => {
  const own = new Phone();
  await own.start();
  own.mute(true);
  assert.deepEqual([own.muted.value, tracks()[0]?.enabled], [true, false]);
  own.announce();
  assert.deepEqual([own.muted.value, tracks()[0]?.enabled], [false, true]);
  own.stop();
});

test("another microphone is muted as the one before it was", async () => {
  const own = new Phone();
  await own.start();
  own.mute(true);
  await own.choose({ ...own.choice.value, microphone: "headset" });
  assert.deepEqual(wanted.at(-1), { audio: { deviceId: { ideal: "headset" } } });
  assert.equal(tracks()[0]?.enabled, false);
  own.stop();
});

test("devices and volume are kept for the next page, and the tone is as loud as the voices", async () => {
  const own = new Phone();
  await own.start();
  await own.choose({ microphone: "", speaker: "ear", volume: 0.4 });
  assert.equal(sinks.at(-1), "ear");
  own.announce();
  assert.deepEqual(heard, [0.25 * 0.4, 0.25 * 0.4].slice(0, heard.length));
  assert.deepEqual(new Phone().choice.value, { microphone: "", speaker: "ear", volume: 0.4 });
  own.stop();
});

test("each person is announced once, and nobody who was there when the page was loaded", async () => {
  happen({ type: "signed_in", me: { operator_id: 1, seat: 1 } as Me, words: {} as Words });
  seat("talking", "a1");
  followTelephone();
  for (let tries = 0; phone.value === null && tries < 100; tries++) await turn();
  assert.notEqual(phone.value, null);
  heard.length = 0;
  seat("talking", "a1");
  assert.equal(heard.length, 0);
  seat("wrap_up", "a1");
  seat("ready");
  seat("talking", "a2");
  const once = heard.length;
  assert.ok(once > 0);
  seat("talking", "a2");
  assert.equal(heard.length, once);
  happen({ type: "signed_out", reason: "signed_out" });
  assert.equal(phone.value, null);
});
