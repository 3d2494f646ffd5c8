// Signs in and goes where the reader wanted to go.
"use strict";

document.getElementById("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const body = { username: form.get("username").trim().toLowerCase(), password: form.get("password"), seat: null };
  const reply = await fetch("/api/v1/session", {
    method: "POST",
    headers: { "Content-Type": "application/json", "Accept-Language": document.documentElement.lang },
    body: JSON.stringify(body),
  });
  if (reply.ok) {
    const wanted = new URLSearchParams(location.search).get("next") || "";
    location.assign(/^\/warroom(?:[/?]|$)/.test(wanted) ? wanted : "/warroom");
    return;
  }
  const problem = await reply.json();
  document.getElementById("said").textContent = `${problem.title} ${problem.fix}`;
});
