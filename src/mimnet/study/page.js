"use strict";
(() => {
  const study = JSON.parse(document.getElementById("study").textContent);
  const questions = study.questions.map((question) => question.name);
  const total = study.items.length * study.models.length;
  const shelf = `mimnet-study:${study.study}`;
  const at = (id) => document.getElementById(id);

  /* ---- state: {rater, name, place, grades: {"item/model": {relevance, ..., seconds}}, saved} ---- */

  let store = null; // the browser may deny it, or be full
  try {
    store = window.localStorage;
    store.setItem(`${shelf}:try`, "1");
    store.removeItem(`${shelf}:try`);
  } catch {
    store = null;
  }
  let state = kept() || fresh();
  let screens = order(state.rater);

  function fresh() {
    const bytes = crypto.getRandomValues(new Uint8Array(8));
    const rater = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return { rater, name: "", place: null, grades: {}, saved: false };
  }

  function kept() {
    try {
      const found = JSON.parse(store.getItem(shelf));
      const sound =
        /^[0-9a-f]{16}$/.test(found.rater) &&
        typeof found.name === "string" &&
        found.grades !== null &&
        typeof found.grades === "object" &&
        (found.place === null || (Number.isInteger(found.place) && found.place >= 0 && found.place <= total));
      return sound ? found : null;
    } catch {
      return null; // nothing there, or not ours
    }
  }

  function keep() {
    try {
      store.setItem(shelf, JSON.stringify(state));
    } catch {
      store = null;
      at("unkept").hidden = false;
    }
  }

  /* Items in an order of the rater's own, and in each item the models: one picture's edits follow one another, so that
     the picture and its sentence need to be taken in once. The rater's id is the seed, and tells the order later. */
  function order(rater) {
    let number = (parseInt(rater.slice(0, 12), 16) % 2147483646) + 1;
    const below = (limit) => {
      number = (number * 48271) % 2147483647; // a Lehmer generator; the product stays below 2 ** 53
      return number % limit;
    };
    const shuffled = (list) => {
      const left = list.slice();
      const drawn = [];
      while (left.length) drawn.push(left.splice(below(left.length), 1)[0]);
      return drawn;
    };
    return shuffled([...study.items.keys()]).flatMap((item) => shuffled(study.models).map((model) => ({ item, model })));
  }

  const answerTo = ({ item, model }) => (state.grades[`${item}/${model}`] ??= { seconds: 0 });
  const graded = (screen) => questions.every((question) => answerTo(screen)[question]);

  /* ---- the clock: how long each screen was in view ---- */

  let since = null;
  function stopClock() {
    if (since === null) return;
    answerTo(screens[state.place]).seconds += (performance.now() - since) / 1000;
    since = null;
  }
  function runClock() {
    stopClock();
    if (!at("grade").hidden && !document.hidden) since = performance.now();
  }
  document.addEventListener("visibilitychange", () => {
    runClock();
    if (document.hidden) keep();
  });
  addEventListener("pagehide", () => {
    stopClock();
    keep();
  });
  addEventListener("pageshow", runClock);
  addEventListener("beforeunload", (event) => {
    if (!store && state.place !== null && !state.saved) event.preventDefault();
  });

  /* ---- screens ---- */

  const fieldsets = study.questions.map((question) => {
    const fieldset = document.createElement("fieldset");
    fieldset.tabIndex = -1;
    add(fieldset, "legend", question.wording);
    const scale = add(fieldset, "div");
    scale.className = "scale";
    for (let grade = 1; grade <= 5; grade++) {
      const label = add(scale, "label");
      const input = add(label, "input");
      input.type = "radio";
      input.name = question.name;
      input.value = grade;
      const end = { 1: question.low, 5: question.high }[grade];
      if (end) input.setAttribute("aria-label", `${grade}, ${end}`);
      input.addEventListener("change", () => {
        answerTo(screens[state.place])[question.name] = grade;
        state.saved = false;
        at("missing").textContent = "";
        runClock();
        keep();
      });
      add(label, "span", String(grade));
    }
    const ends = add(fieldset, "p");
    ends.className = "ends";
    ends.setAttribute("aria-hidden", "true"); // said by the first and last grade
    add(ends, "span", question.low);
    add(ends, "span", question.high);
    at("questions").append(fieldset);
    return fieldset;
  });

  function add(parent, tag, text = "") {
    const element = document.createElement(tag);
    element.textContent = text;
    parent.append(element);
    return element;
  }

  const many = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

  function show() {
    const name = state.place === null ? "start" : state.place < total ? "grade" : "end";
    for (const id of ["start", "grade", "end"]) at(id).hidden = id !== name;
    if (name === "grade") showScreen();
    if (name === "end") {
      at("saved").textContent = "";
      at("live").textContent = "";
      at("save").focus();
    }
    if (name === "start") {
      at("name").value = state.name;
      if (document.activeElement !== document.body) document.querySelector("#start h1").focus();
    }
    scrollTo(0, 0);
    runClock();
  }

  function showScreen() {
    const screen = screens[state.place];
    const item = study.items[screen.item];
    at("caption").textContent = `“${item.caption}”`;
    for (const [id, source] of [["picture", item.picture], ["edit", item.edits[screen.model]]]) {
      [at(id).width, at(id).height] = item.size;
      at(id).src = source;
    }
    sharpen();
    fieldsets.forEach((fieldset, number) => {
      for (const input of fieldset.querySelectorAll("input")) {
        input.checked = Number(input.value) === answerTo(screen)[questions[number]];
      }
    });
    at("missing").textContent = "";
    at("progress").max = total;
    at("progress").value = screens.filter(graded).length;
    at("place").textContent = `${state.place + 1} of ${total}`;
    at("live").textContent = `Picture ${state.place + 1} of ${total}. ${item.caption}`;
    at("back").disabled = state.place === 0;
    at("next").textContent = state.place + 1 === total ? "Finish" : "Next";
    const open = questions.findIndex((question) => !answerTo(screen)[question]);
    focusOn(open < 0 ? 0 : open, true);
  }

  /* Small pictures stand much enlarged; beyond twice their size pixels are honest, smoothing would hide faults. */
  function sharpen() {
    for (const image of [at("picture"), at("edit")]) {
      image.classList.toggle("sharp", image.clientWidth > 2 * Number(image.getAttribute("width")));
    }
  }
  addEventListener("resize", sharpen);

  /* Without a grade the question as a whole has the focus: a ring around the 1 would suggest it. */
  function focusOn(number, atTop = false) {
    const fieldset = fieldsets[number];
    (fieldset.querySelector("input:checked") || fieldset).focus({ preventScroll: atTop });
  }

  function go(place) {
    stopClock();
    state.place = place;
    keep();
    show();
  }

  function next() {
    const screen = screens[state.place];
    const open = questions.findIndex((question) => !answerTo(screen)[question]);
    if (open >= 0) {
      at("missing").textContent = "Please answer all three questions.";
      focusOn(open);
      return;
    }
    const first = screens.findIndex((other) => !graded(other));
    go(state.place + 1 === total && first >= 0 ? first : state.place + 1);
  }

  function back() {
    if (state.place > 0) go(state.place - 1);
  }

  /* ---- input ---- */

  at("begin").addEventListener("submit", (event) => {
    event.preventDefault();
    state.name = at("name").value.trim();
    go(0);
  });
  at("answers").addEventListener("submit", (event) => {
    event.preventDefault();
    next();
  });
  at("back").addEventListener("click", back);
  at("review").addEventListener("click", () => go(total - 1));
  at("save").addEventListener("click", save);
  at("anew").addEventListener("click", () => {
    if (!state.saved && !confirm("Your answers are not saved yet. Erase them?")) return;
    state = fresh();
    screens = order(state.rater);
    keep();
    show();
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const focused = document.activeElement;
    if (at("grade").hidden) {
      const idle = focused === document.body || focused.matches("h1");
      if (!at("start").hidden && event.key === "Enter" && idle) at("begin").requestSubmit();
      return;
    }
    const number = fieldsets.findIndex((fieldset) => fieldset.contains(focused));
    if (/^[1-5]$/.test(event.key)) {
      if (event.repeat) return; // a key held down answers one question, not all
      const screen = screens[state.place];
      const target = number >= 0 ? number : questions.findIndex((question) => !answerTo(screen)[question]);
      if (target < 0) return;
      fieldsets[target].querySelector(`input[value="${event.key}"]`).click();
      if (target + 1 < fieldsets.length) focusOn(target + 1);
      else at("next").focus();
    } else if (event.key === "Enter") {
      if (!event.repeat) {
        if (focused.matches("button, input")) return; // the button or the form takes it
        next();
      }
    } else if (event.key === "ArrowDown" && number >= 0) {
      if (number + 1 < fieldsets.length) focusOn(number + 1);
      else at("next").focus();
    } else if (event.key === "ArrowUp" || event.key === "Backspace" || (event.key === "ArrowLeft" && number < 0)) {
      if (number > 0) focusOn(number - 1);
      else if (number < 0) focusOn(fieldsets.length - 1);
      else if (!event.repeat) back();
    } else {
      return; // left and right change a grade, as radio buttons do by themselves
    }
    event.preventDefault();
  });

  /* ---- answers ---- */

  function save() {
    const tenths = (seconds) => Math.round(seconds * 10) / 10;
    const answers = screens.map((screen) => {
      const answer = answerTo(screen);
      const grades = Object.fromEntries(questions.map((question) => [question, answer[question]]));
      return { ...screen, ...grades, seconds: tenths(answer.seconds) };
    });
    const seconds = tenths(screens.reduce((sum, screen) => sum + answerTo(screen).seconds, 0));
    const { rater, name } = state;
    const text = JSON.stringify({ study: study.study, format: study.format, rater, name, seconds, answers }, null, 1);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = `answers-${study.study}-${rater}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    state.saved = true;
    keep();
    at("saved").textContent = `Saved as ${link.download} where your browser puts downloads. Please send this file.`;
  }

  at("count").textContent = many(total, "edited picture");
  at("done").textContent = many(total, "picture");
  at("minutes").textContent = many(Math.max(1, Math.round((total * 10) / 60)), "minute");
  at("unkept").hidden = store !== null;
  show();
})();
