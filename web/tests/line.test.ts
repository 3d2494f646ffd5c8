import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { Outcome } from "../src/api.ts";
import { actOf, nameOf, onKeys } from "../src/keys.ts";
import { Link, PING_MS, SILENCE_MS, waitMs } from "../src/link.ts";
import type { Happening } from "../src/state.ts";
import type { Me } from "../src/types.ts";

class Wire {
  readyState = 1;
  sent: string[] = [];
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  send(text: string): void { this.sent.push(text); }
  close(): void { this.readyState = 3; }
}

function line(whoAmI: () => Outcome<Me> = () => ({ ok: true, value: {} as Me })) {
  const wires: Wire[] = [];
  const told: Happening[] = [];
  const link = new Link((one) => told.push(one), {
    open: () => {
      const wire = new Wire();
      wires.push(wire);
      return wire as unknown as WebSocket;
    },
    whoAmI: () => Promise.resolve(whoAmI()),
  });
  link.start();
  return { wires, told, link };
}

const soon = async (ms: number): Promise<void> => {
  mock.timers.tick(ms);
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
};

test("each try waits longer than the one before, never more than five seconds", () => {
  assert.ok(waitMs(0, 0) < waitMs(1, 0));
  assert.equal(waitMs(50, 1), 5000);
  assert.ok(waitMs(3, 0) >= waitMs(3, 1) / 2);
});

test("a cut line comes back by itself", async () => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const { wires, told, link } = line();
  wires[0]?.onclose?.({ code: 1006 });
  assert.deepEqual(told.map((one) => one.type), ["line_cut"]);
  await soon(300);
  assert.equal(wires.length, 2);
  link.stop();
  mock.timers.reset();
});

test("a line that carries nothing any more is found by its silence", async () => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const { wires, told, link } = line();
  wires[0]?.onmessage?.({ data: '{"type":"pong"}' });
  await soon(PING_MS);
  assert.deepEqual(wires[0]?.sent, ['{"type":"ping"}']);
  await soon(SILENCE_MS + PING_MS);
  assert.deepEqual(told.map((one) => one.type), ["heard", "line_cut"]);
  link.stop();
  mock.timers.reset();
});

for (const [code, why] of [[4001, "an ended sign-in"], [4002, "another window"]] as const) {
  test(`the line is left alone after ${why}`, async () => {
    mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
    const { wires, link } = line();
    wires[0]?.onclose?.({ code });
    await soon(60_000);
    assert.equal(wires.length, 1);
    link.stop();
    mock.timers.reset();
  });
}

test("a sign-in that ended meanwhile is said, not tried for ever", async () => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const refused: Outcome<Me> = { ok: false, problem: { title: "", status: 401, code: "not_signed_in", detail: "", fix: "", fields: [] } };
  const { wires, told } = line(() => refused);
  wires[0]?.onclose?.({ code: 1006 });
  await soon(300);
  assert.deepEqual(told.at(-1), { type: "signed_out", reason: "idle" });
  assert.equal(wires.length, 1);
  mock.timers.reset();
});

test("keys are physical places", () => {
  assert.equal(nameOf("Numpad7"), "7");
  assert.equal(nameOf("KeyN"), "N");
  assert.equal(nameOf("NumpadEnter"), "Enter");
  assert.equal(nameOf("F8"), "F8");
});

test("while a text field has the focus only F-keys and Esc mean something", () => {
  const done: string[] = [];
  const stop = onKeys({ N: () => done.push("N"), F8: () => done.push("F8"), Escape: () => done.push("Esc") });
  for (const code of ["KeyN", "F8", "Escape"]) actOf({ code, inField: true })?.();
  actOf({ code: "KeyN", inField: false })?.();
  assert.deepEqual(done, ["F8", "Esc", "N"]);
  stop();
  assert.equal(actOf({ code: "KeyN", inField: false }), undefined);
});

test("a dialog's keys come first and all others rest", () => {
  const done: string[] = [];
  const below = onKeys({ F8: () => done.push("hang up"), "1": () => done.push("answer") });
  const dialog = onKeys({ "1": () => done.push("reason") }, true);
  actOf({ code: "Digit1", inField: false })?.();
  assert.equal(actOf({ code: "F8", inField: false }), undefined);
  dialog();
  actOf({ code: "Digit1", inField: false })?.();
  assert.deepEqual(done, ["reason", "answer"]);
  below();
});
