"use strict";
// Steps through the traces of a report. All it shows is in the page already; without it every step stands below the other.

const traces = JSON.parse(document.getElementById("traces").textContent);
const steppers = [];
let active = null;

class Stepper {
  constructor(section) {
    this.section = section;
    this.name = section.dataset.trace;
    this.steps = [...section.querySelectorAll(".step")];
    this.slider = section.querySelector("input[type=range]");
    this.output = section.querySelector("output");
    this.status = section.querySelector("[role=status]");
    this.drawing = section.querySelector(".drawing");
    this.loop = "loop" in section.dataset ? Number(section.dataset.loop) : null;
    this.returns = "returns" in section.dataset;
    this.rounds = 0;
    this.index = 0;
    for (const part of section.querySelectorAll(".controls, .tools")) part.hidden = false;
    for (const part of section.querySelectorAll("details")) part.open = true;
    this.listen();
    this.filter();
  }

  listen() {
    const { section } = this;
    const activate = () => { active = this; };
    section.addEventListener("focusin", activate);
    section.addEventListener("pointerdown", activate);
    this.slider.addEventListener("input", () => { this.rounds = 0; this.show(Number(this.slider.value) - 1, true); });
    section.querySelector("[data-go=previous]").addEventListener("click", () => this.previous());
    section.querySelector("[data-go=next]").addEventListener("click", () => this.next());
    section.querySelector("input[type=search]").addEventListener("input", () => this.filter());
    section.querySelector("[data-only-changed]").addEventListener("change", () => this.filter());
    section.querySelector("[data-copy-state]").addEventListener("click", () => this.copy());
    this.drawing.addEventListener("click", (event) => this.choose(event.clientY));
  }

  // the drawing has a shadow root so that its styles stay its own
  drawn() {
    const root = this.drawing.firstElementChild.shadowRoot;
    return root ? [...root.querySelectorAll("[data-row]")] : [];
  }

  // the step that is drawn nearest to a height
  choose(y) {
    let best = null;
    for (const row of this.drawn()) {
      const box = row.getBoundingClientRect();
      const away = Math.max(box.top - y, y - box.bottom, 0);
      if (best === null || away < best.away) best = { away, index: Number(row.dataset.row) };
    }
    if (best) this.show(best.index, true);
  }

  next() {
    const last = this.steps.length - 1;
    if (this.index < last) return this.show(this.index + 1, true);
    // the last state of a lasso is the first of its loop: the next is the one after that
    if (!this.returns) return;
    this.rounds += 1;
    this.show(Math.min(this.loop + 1, last), true);
  }

  previous() {
    if (this.rounds > 0 && this.index === Math.min(this.loop + 1, this.steps.length - 1)) {
      this.rounds -= 1;
      return this.show(this.steps.length - 1, true);
    }
    if (this.index > 0) this.show(this.index - 1, true);
  }

  show(index, linked) {
    this.index = Math.max(0, Math.min(index, this.steps.length - 1));
    this.steps.forEach((step, number) => { step.hidden = number !== this.index; });
    const number = this.index + 1;
    const round = this.rounds ? `, round ${this.rounds + 1}` : "";
    this.slider.value = number;
    this.slider.setAttribute("aria-valuetext", `${number}: ${this.steps[this.index].querySelector("h4").textContent.trim()}`);
    this.output.textContent = `${number} / ${this.steps.length}${round}`;
    this.status.textContent = "";
    this.mark();
    if (linked) {
      active = this;
      const place = new URLSearchParams({ p: this.name, s: number });
      history.replaceState(null, "", `#${place}`);
    }
  }

  // a band behind the current step in the drawing
  mark() {
    const row = this.drawn().find((element) => Number(element.dataset.row) === this.index);
    if (!row) return;
    const svg = row.ownerSVGElement;
    const box = row.getBBox();
    if (!this.band) {
      this.band = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      for (const [name, value] of Object.entries({ x: 0, width: "100%", fill: "#5b8def", "fill-opacity": 0.2 })) {
        this.band.setAttribute(name, value);
      }
      svg.querySelector(".ground").after(this.band);
    }
    this.band.setAttribute("y", box.y - 6);
    this.band.setAttribute("height", box.height + 12);
    const shown = this.band.getBoundingClientRect();
    const around = this.drawing.getBoundingClientRect();
    if (shown.top < around.top || shown.bottom > around.bottom) {
      this.drawing.scrollTop += shown.top - around.top - Math.max(0, around.height - shown.height) / 2;
    }
  }

  filter() {
    const wanted = this.section.querySelector("input[type=search]").value.toLowerCase().split(/[\s,]+/).filter(Boolean);
    const only = this.section.querySelector("[data-only-changed]").checked;
    for (const row of this.section.querySelectorAll("[data-variable]")) {
      const name = row.dataset.variable.toLowerCase();
      const named = wanted.length === 0 || wanted.some((word) => name.includes(word));
      row.hidden = !named || (only && row.matches("tr:not(.touched)"));
    }
    for (const table of this.section.querySelectorAll(".state")) {
      table.parentElement.hidden = [...table.tBodies[0].rows].every((row) => row.hidden);
    }
  }

  async copy() {
    const states = traces[this.name].steps;
    const text = JSON.stringify(states[Math.min(this.index, states.length - 1)].state, null, 2);
    this.status.textContent = (await toClipboard(text)) ? "copied" : "the browser does not allow it";
  }
}

async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // a page opened from disk may have no clipboard of its own
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

function follow() {
  const place = new URLSearchParams(location.hash.slice(1));
  const stepper = steppers.find((one) => one.name === place.get("p"));
  if (!stepper) return;
  active = stepper;
  stepper.rounds = 0;
  stepper.show((Number.parseInt(place.get("s"), 10) || 1) - 1, false);
  stepper.section.scrollIntoView();
}

function onKey(event) {
  if (!active || event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, textarea, select")) return;
  if (event.key === "ArrowRight") active.next();
  else if (event.key === "ArrowLeft") active.previous();
  else return;
  event.preventDefault();
}

document.documentElement.classList.add("scripted");
for (const section of document.querySelectorAll(".trace")) steppers.push(new Stepper(section));
for (const stepper of steppers) stepper.show(stepper.loop === null ? stepper.steps.length - 1 : stepper.loop, false);
active = steppers[0] || null;
follow();
addEventListener("hashchange", follow);
document.addEventListener("keydown", onKey);
