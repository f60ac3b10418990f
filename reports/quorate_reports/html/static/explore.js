"use strict";
// Conveniences of the explorer. Its links and forms work without them.

const status = document.querySelector("[data-copy-state] + [role=status]");
const filter = document.querySelector("input[type=search]");
const beside = document.getElementById("beside");

document.documentElement.classList.add("scripted");
for (const part of document.querySelectorAll(".tools, [data-copy-state]")) part.hidden = false;

if (filter) filter.addEventListener("input", () => {
  const wanted = filter.value.toLowerCase().split(/[\s,]+/).filter(Boolean);
  for (const row of document.querySelectorAll(".here [data-variable]")) {
    const name = row.dataset.variable.toLowerCase();
    row.hidden = wanted.length > 0 && !wanted.some((word) => name.includes(word));
  }
  for (const table of document.querySelectorAll(".here .state")) {
    table.parentElement.hidden = [...table.tBodies[0].rows].every((row) => row.hidden);
  }
});

const copy = document.querySelector("[data-copy-state]");
if (copy) copy.addEventListener("click", async () => {
  const state = JSON.parse(document.getElementById("state").textContent);
  try {
    await navigator.clipboard.writeText(JSON.stringify(state, null, 2));
    status.textContent = "copied";
  } catch {
    status.textContent = "the browser does not allow it";
  }
});

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, textarea, select")) return;
  const back = document.getElementById("back");
  if (event.key === "ArrowLeft" && back) back.click();
});

// the check beside tells where it is until it has ended
async function ask() {
  const answer = await fetch(`/beside${location.search}`);
  if (!answer.ok) return;
  beside.innerHTML = await answer.text();
  again();
}

function again() {
  if (beside && beside.querySelector("[data-running]")) setTimeout(() => { ask().catch(() => {}); }, 500);
}

again();
