// The war room's pages are made by the server; this lets them be searched by keys and changed in place.
"use strict";

const API = "/api/v1/warroom";
const language = document.documentElement.lang;
const csrf = document.querySelector("meta[name=csrf]").content;
const byId = (id) => document.getElementById(id);

function say(text, isWrong = false) {
  const said = byId("said");
  said.textContent = text;
  said.className = isWrong ? "wrong" : "";
}

async function ask(path, options = {}) {
  let reply;
  try {
    const address = `${API}${path}${path.includes("?") ? "&" : "?"}lang=${language}`;
    reply = await fetch(address, { headers: { "Accept-Language": language, ...options.headers }, ...options });
  } catch (fault) {
    if (fault.name !== "AbortError") say(document.body.dataset.away, true);
    throw fault;
  }
  if (reply.ok) return reply;
  const problem = await reply.json();
  const fields = (problem.fields || []).map((each) => `${each.field}: ${each.message}`).join("; ");
  const text = `${document.body.dataset.fault} ${problem.detail || problem.title} ${fields || problem.fix || ""}`;
  say(text, true);
  throw new Error(text);
}

async function post(path, body) {
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf, "Accept-Language": language };
  return (await ask(path, { method: "POST", headers, body: JSON.stringify(body) })).json();
}

async function download(path, body, name) {
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf, "Accept-Language": language };
  const reply = await ask(path, { method: "POST", headers, body: JSON.stringify(body) });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await reply.blob());
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
  return reply;
}

const reload = () => location.reload();

// --- search: type, arrows, Enter

const search = byId("search");
const hits = byId("hits");
let asking = null;
let chosen = 0;

function address(hit) {
  const path = hit.kind === "person" ? `people/${hit.id}` : hit.constituency;
  return path ? `/warroom/${path}?lang=${language}` : `/warroom?lang=${language}`;
}

function showHits(found) {
  hits.replaceChildren(...found.map((hit, place) => {
    const item = document.createElement("li");
    item.setAttribute("aria-current", place === chosen);
    const link = document.createElement("a");
    link.href = address(hit);
    link.textContent = hit.name;
    const more = document.createElement("small");
    const where = hit.constituency ? `${search.dataset.constituency} ${hit.constituency}` : "";
    more.textContent = [hit.kind_name, hit.other_name, where, hit.invented ? search.dataset.invented : ""]
      .filter(Boolean).join(" · ");
    link.append(more);
    item.append(link);
    return item;
  }));
  if (!found.length) {
    const item = document.createElement("li");
    item.textContent = search.dataset.empty;
    hits.append(item);
  }
  hits.hidden = false;
}

async function find() {
  asking?.abort();
  const text = search.value.trim();
  if (!text) {
    hits.hidden = true;
    return [];
  }
  asking = new AbortController();
  const reply = await ask(`/search?q=${encodeURIComponent(text)}`, { signal: asking.signal });
  const found = (await reply.json()).hits;
  chosen = 0;
  showHits(found);
  return found;
}

search.addEventListener("input", () => find().catch(() => {}));
search.addEventListener("keydown", async (event) => {
  const items = [...hits.children];
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    chosen = (chosen + (event.key === "ArrowDown" ? 1 : -1) + items.length) % Math.max(1, items.length);
    items.forEach((item, place) => item.setAttribute("aria-current", place === chosen));
  } else if (event.key === "Enter") {
    event.preventDefault();
    const at = chosen;
    const found = await find().catch(() => []);
    const hit = found[at] || found[0];
    if (hit) location.assign(address(hit));
  } else if (event.key === "Escape") {
    hits.hidden = true;
  }
});
document.addEventListener("keydown", (event) => {
  if (/INPUT|TEXTAREA|SELECT/.test(event.target.tagName) || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "/") {
    event.preventDefault();
    search.focus();
  }
  // Where days follow each other, the arrows go from one to the next; in a table that scrolls they scroll.
  const way = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  const there = way && !event.target.closest(".scroll") && document.querySelector(`a[rel=${way}]`);
  if (there) location.assign(there.href);
});

// --- buttons that say in data- attributes what they do

const deeds = {
  async reveal(button) {
    const found = await post(`/people/${button.dataset.reveal}/reveal`, {});
    button.parentElement.textContent = [found.phone, found.address].filter(Boolean).join(", ") || "–";
  },
  async prefer(button) {
    const why = prompt(button.dataset.ask);
    if (why) await post(`/facts/${button.dataset.prefer}/prefer`, { why }).then(reload);
  },
  async correct(button) {
    const value = prompt(button.dataset.ask, button.dataset.value);
    if (!value) return;
    const source = prompt(button.dataset.askSource);
    if (source) await post(`/facts/${button.dataset.correct}/correct`, { value, source }).then(reload);
  },
  async done(button) {
    await post("/responsibilities/finish", { ids: [Number(button.dataset.done)], withdrawn: false }).then(reload);
  },
  async undo(button) {
    if (confirm(button.dataset.ask)) await post(`/imports/${button.dataset.undo}/undo`, {}).then(reload);
  },
  async endPost(button) {
    const on = prompt(button.dataset.ask, "");
    if (on === null) return;
    const source = prompt(button.dataset.askSource);
    if (source) await post(`/posts/${button.dataset.endPost}/end`, { on, source }).then(reload);
  },
  async takeBack(button) {
    if (confirm(button.dataset.ask)) await post(`/changes/${button.dataset.takeBack}/undo`, {}).then(reload);
  },
  async merge(button) {
    const [keep, gone] = button.dataset.merge.split(" ").map(Number);
    if (confirm(button.dataset.ask)) await post("/people/merge", { keep, gone }).then(reload);
  },
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const deed = button && Object.keys(deeds).find((name) => name in button.dataset);
  if (deed) {
    event.preventDefault();
    deeds[deed](button).catch(() => {});
  }
});

function onSubmit(id, work) {
  byId(id)?.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.target.querySelector("button");
    button.disabled = true;
    work(new FormData(event.target)).catch(() => {}).finally(() => { button.disabled = false; });
  });
}

// --- the card

// Hundreds of rows that nobody sees at first come as text, and become rows when the rest is shown, or before
// they are opened or printed.
function makeRows() {
  const texts = document.querySelectorAll("script[data-rows]");
  texts.forEach((text) => {
    const rows = document.createElement("template");
    rows.innerHTML = text.textContent;
    text.replaceWith(rows.content);
  });
  return texts.length > 0;
}

const card = byId("card");
if (card) {
  const number = Number(card.dataset.number);
  const filter = byId("filter");
  const rows = byId("holders").tBodies[0];
  const more = byId("more");
  const PAGE = 40;

  const wanted = () => {
    const form = new FormData(filter);
    return {
      constituency: number,
      name: form.get("name").trim(),
      booth: form.get("booth").trim(),
      booth_workers: form.has("booth_workers"),
      open_only: form.has("open"),
    };
  };
  const selection = () => {
    const ids = [...rows.querySelectorAll("input[name=person]:checked")].map((box) => Number(box.value));
    return { ...wanted(), ids };
  };
  const load = async (after) => {
    makeRows();
    const query = new URLSearchParams(wanted());
    if (after) {
      query.set("after_level", after.dataset.level);
      query.set("after_id", after.dataset.person);
    }
    const reply = await ask(`/people?${query}`);
    const fresh = document.createElement("template");
    fresh.innerHTML = await reply.text();
    if (!after) rows.replaceChildren();
    const count = fresh.content.querySelectorAll("tr").length;
    rows.append(fresh.content);
    more.hidden = count < PAGE;
  };
  const showRest = () => {
    if (makeRows()) more.hidden = rows.rows.length < PAGE;
  };
  window.addEventListener("load", () => setTimeout(showRest));
  window.addEventListener("beforeprint", showRest);
  byId("booths").addEventListener("toggle", makeRows);
  filter.addEventListener("submit", (event) => {
    event.preventDefault();
    load(null).catch(() => {});
  });
  more.addEventListener("click", () => load(rows.rows[rows.rows.length - 1]).catch(() => {}));
  byId("all")?.addEventListener("change", (event) => {
    rows.querySelectorAll("input[name=person]").forEach((box) => { box.checked = event.target.checked; });
  });
  onSubmit("assign", async (form) => {
    const body = { selection: selection(), what: form.get("what"), due: form.get("due"), given_by: form.get("given_by") };
    say((await post("/responsibilities", body)).says);
    setTimeout(reload, 1200);
  });
  onSubmit("campaign", async (form) => {
    const body = { selection: selection(), name: form.get("name"), purpose: form.get("purpose"),
      consent: form.get("consent"), confirm: form.get("how") === "confirm", what: form.get("what") };
    say((await post("/campaigns", body)).says);
  });
  onSubmit("note", (form) => post("/notes", { constituency: number, text: form.get("text") }).then(reload));
  onSubmit("export-form", async (form) => {
    const body = { selection: selection(), reason: form.get("reason") };
    const reply = await download("/export", body, `constituency-${number}.csv`);
    const told = reply.headers.get("X-Told");
    if (told) say(decodeURIComponent(told));
  });
}

// --- what calls say now: asked for while somebody looks, and put in only when it changed

const LIVE_MS = 10000;
const live = document.querySelector("[data-live]");
if (live) {
  let seen = "";
  const renew = async () => {
    if (document.visibilityState !== "visible") return;
    const path = `${API}${live.dataset.live}`;
    const address = `${path}${path.includes("?") ? "&" : "?"}lang=${language}`;
    const reply = await fetch(address, { headers: seen ? { "If-None-Match": seen } : {} });
    if (reply.status !== 200) return;
    seen = reply.headers.get("ETag");
    const fresh = document.createElement("template");
    fresh.innerHTML = await reply.text();
    fresh.content.querySelectorAll("[id]").forEach((part) => byId(part.id)?.replaceWith(part));
  };
  setInterval(() => renew().catch(() => {}), LIVE_MS);
  document.addEventListener("visibilitychange", () => renew().catch(() => {}));
}

// How much wants renewing: counting it takes a while where many people are known, so it is kept for some minutes.
const STALE_MS = 300000;
window.addEventListener("load", async () => {
  const kept = JSON.parse(sessionStorage.getItem("stale") || "{}");
  if (!(Date.now() - kept.at < STALE_MS)) {
    const reply = await fetch(`${API}/stale`).catch(() => null);
    if (!reply?.ok) return;
    Object.assign(kept, { at: Date.now(), count: (await reply.json()).count });
    sessionStorage.setItem("stale", JSON.stringify(kept));
  }
  byId("stale-count").textContent = kept.count;
  byId("stale-count").hidden = !kept.count;
});

// --- one person

onSubmit("edit", async (form) => {
  const body = { source: form.get("source"), values: { name: form.get("name"), other_name: form.get("other_name"),
    languages: form.get("languages") } };
  for (const field of ["phone", "address"]) if (form.get(field).trim()) body.values[field] = form.get(field);
  await post(`/people/${byId("person").dataset.person}`, body);
  reload();
});

onSubmit("give-post", async (form) => {
  await post(`/people/${byId("person").dataset.person}/posts`, Object.fromEntries(form)).then(reload);
});

// --- imports

const upload = byId("upload");
if (upload) {
  const preview = byId("preview");
  let held = null;

  const wishes = () => {
    const columns = {};
    preview.querySelectorAll("select[data-column]").forEach((select) => {
      if (select.value) columns[select.value] = `#${select.dataset.column}`;
    });
    const form = new FormData(upload);
    return { upload: held.token, file_name: held.name, kind: held.kind, source: form.get("source"), sheet: form.get("sheet").trim(),
      stated_on: form.get("stated_on"), invented: form.has("invented"), columns };
  };
  const look = async () => {
    const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf, "Accept-Language": language };
    const reply = await ask("/imports/preview", { method: "POST", headers, body: JSON.stringify(wishes()) });
    const fresh = document.createElement("template");
    fresh.innerHTML = await reply.text();
    preview.replaceChildren(fresh.content);
    byId("again")?.addEventListener("click", () => look().catch(() => {}));
    byId("all-differences")?.addEventListener("click", () => {
      download("/imports/differences", wishes(), "differences.csv").catch(() => {});
    });
    byId("store")?.addEventListener("click", (event) => {
      event.target.disabled = true;
      post("/imports", { ...wishes(), retire_gone: Boolean(byId("retire")?.checked) }).then(reload)
        .catch(() => { event.target.disabled = false; });
    });
  };
  onSubmit("upload", async (form) => {
    const file = form.get("file");
    const headers = { "Content-Type": "application/octet-stream", "X-CSRF-Token": csrf, "Accept-Language": language };
    const reply = await ask("/uploads", { method: "POST", headers, body: file });
    held = { token: (await reply.json()).upload, name: file.name, kind: form.get("kind") };
    preview.replaceChildren();
    if (held.kind === "map") await post("/map", { upload: held.token }).then((done) => say(done.says));
    else await look();
  });
}
