/** Requests to the server. A failure is a value: a problem document, or `null` when nobody answered. */

import { language } from "./i18n.ts";
import type { ProblemDocument } from "./types.ts";

export type Outcome<T> = { ok: true; value: T } | { ok: false; problem: ProblemDocument | null };

const PATIENCE_MS = 10_000;

let csrf = "";

/** The token of the sign-in, for every request that changes something. */
export function useToken(token: string): void {
  csrf = token;
}

export async function ask<T>(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<Outcome<T>> {
  const headers: Record<string, string> = { "Accept-Language": language.value, Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    const reply = await fetch(path, {
      method,
      headers,
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const value: unknown = await reply.json();
    return reply.ok ? { ok: true, value: value as T } : { ok: false, problem: value as ProblemDocument };
  } catch {
    return { ok: false, problem: null };
  }
}
