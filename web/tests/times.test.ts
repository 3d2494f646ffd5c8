import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { duration, language, when } from "../src/i18n.ts";

afterEach(() => {
  language.value = "hi";
});

const EVENING = Date.parse("2026-09-21T19:43:00+05:30") / 1000;

test("Hindi says the part of the day in Hindi", () => {
  assert.equal(when(EVENING), "21 सित॰, शाम 7:43");
  language.value = "en";
  assert.match(when(EVENING), /^21 Sept, 7:43\spm$/);
});

test("a time that lies ahead of the page's clock is no negative one", () => {
  assert.equal(duration(-0.4), "0:00");
  assert.equal(duration(187), "3:07");
  assert.equal(duration(3_661), "1:01:01");
});
