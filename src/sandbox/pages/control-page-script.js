// Sends what the control API takes as JSON, says what became of it, and brings the live parts of the page up to date.

const REFRESH_MS = 3_000;
const NUMBERS = new Set(["times", "afterMs", "retryAfterSeconds"]);
const status = document.getElementById("status");

/** The form as the API wants it: numbers as numbers, check boxes as booleans, empty fields left out. */
function bodyOf(form) {
  const body = {};
  for (const field of form.elements) {
    if (field.name === "") continue;
    if (field.type === "checkbox") body[field.name] = field.checked;
    else if (field.value !== "") body[field.name] = NUMBERS.has(field.name) ? Number(field.value) : field.value;
  }
  return body;
}

/** Replaces the live parts by those of a fresh page; the focus stays on the element of the same id. */
async function refresh() {
  const response = await fetch("/", { headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const focusedId = document.activeElement?.id;
  for (const fresh of page.querySelectorAll("[data-live]")) document.getElementById(fresh.id)?.replaceWith(fresh);
  if (focusedId) document.getElementById(focusedId)?.focus();
}

/** The reason of a refusal, in either shape of the control API's errors. */
function reasonOf(answer, response) {
  const issues = answer?.issues?.map(({ path, message }) => `${path}: ${message}`) ?? [];
  const error = typeof answer?.error === "string" ? answer.error : answer?.error?.message;
  return [error ?? response.statusText, ...issues].join(" ");
}

async function send(method, path, body, done) {
  const options = { method, headers: { "content-type": "application/json" } };
  const response = await fetch(path, body === undefined ? options : { ...options, body: JSON.stringify(body) });
  const answer = await response.json().catch(() => undefined);
  status.textContent = response.ok ? done : `Refused (${response.status}): ${reasonOf(answer, response)}`;
  await refresh();
}

const report = (error) => {
  status.textContent = `The sandbox does not answer: ${error.message}`;
};

document.addEventListener("submit", (event) => {
  event.preventDefault();
  const { post, done } = event.target.dataset;
  send("POST", post, bodyOf(event.target), done).catch(report);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[type=button]");
  if (button === null) return;
  const { post, body, done } = button.dataset;
  if (post !== undefined) send("POST", post, JSON.parse(body), done).catch(report);
  else send("DELETE", button.dataset.delete, undefined, done).catch(report);
});

setInterval(() => {
  if (document.visibilityState === "visible") refresh().catch(report);
}, REFRESH_MS);
