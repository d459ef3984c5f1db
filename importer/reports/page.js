"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const FIELDS = data.fields, WORDS = data.words;
  const CELLS = FIELDS.length, SHOWN = 12, NUMERIC = new Set([0, 3, 10]), BUCKET = 1, AMOUNT = 3;
  const OVERSCAN = 20, PRINTED = 2000, TYPING_MS = 150;
  const PARTS = [[WORDS.payment, [12, 2, 3, 4, 5, 7, 8, 9, 13]],
    [WORDS.line, [1, 10, 11, 14, 6]], [WORDS.earlier, [15, 16]], [WORDS.server, [17, 18]]];
  const [THOUSANDS, DECIMAL] = data.marks;

  const rows = data.rows, box = document.getElementById("rows");
  const table = box.querySelector("table"), body = table.tBodies[0];
  const search = document.getElementById("search"), bucket = document.getElementById("bucket");
  const shown = document.getElementById("shown"), dialog = document.getElementById("trail");
  const number = new Intl.NumberFormat(data.language);
  const collator = new Intl.Collator(data.language, {numeric: true});
  const texts = [];
  let view = rows.map((_, i) => i), sorted = view, by = -1, down = false;
  let height = 32, first = -1, last = -1, printing = false;

  const make = (tag, text, className) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (className) element.className = className;
    return element;
  };
  const money = (text) => {
    if (!text) return "";
    const [whole, part = ""] = text.replace("-", "").split(".");
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, THOUSANDS);
    return (text.startsWith("-") ? "-" : "") + grouped + DECIMAL + part.padEnd(2, "0");
  };
  const fill = (text, shown, all) =>
    text.replace("{shown}", number.format(shown)).replace("{all}", number.format(all));
  const say = (row, field) => field === AMOUNT ? money(row[field])
    : field === BUCKET ? data.buckets[row[field]] : String(row[field] ?? "");

  const line = (index, position) => {
    const row = rows[index], tr = make("tr");
    tr.setAttribute("aria-rowindex", position + 2);
    for (let field = 0; field < SHOWN; field++) {
      const cell = make(field ? "td" : "th", undefined, NUMERIC.has(field) ? "n" : "");
      const text = say(row, field);
      if (field === 0) {
        cell.scope = "row";
        const button = make("button", text);
        button.type = "button";
        button.dataset.index = index;
        button.setAttribute("aria-label", WORDS.trail + " " + text);
        cell.append(button);
      } else if (field === BUCKET) {
        const mark = make("span", undefined, "mark b-" + row[BUCKET]);
        mark.setAttribute("aria-hidden", "true");
        cell.append(mark, text);
      } else {
        cell.textContent = text;
        if (text.length > 30) cell.title = text;
      }
      tr.append(cell);
    }
    return tr;
  };
  const space = (count) => {
    const tr = make("tr", undefined, "space"), td = make("td");
    td.colSpan = SHOWN;
    td.style.height = count * height + "px";
    tr.setAttribute("aria-hidden", "true");
    tr.append(td);
    return tr;
  };
  const draw = (force) => {
    const room = printing ? PRINTED : Math.ceil(box.clientHeight / height) + 2 * OVERSCAN;
    const top = printing ? 0 : Math.floor(box.scrollTop / height) - OVERSCAN;
    const from = Math.max(0, Math.min(top, view.length - room));
    const to = Math.min(view.length, from + room);
    if (!force && from === first && to === last) return;
    first = from; last = to;
    const held = body.contains(document.activeElement) ? document.activeElement.dataset.index : null;
    const lines = view.slice(from, to).map((index, i) => line(index, from + i));
    if (printing) body.replaceChildren(...lines);
    else body.replaceChildren(space(from), ...lines, space(view.length - to));
    if (held !== null) {
      const again = body.querySelector(`button[data-index="${held}"]`);
      (again || box).focus({preventScroll: true});
    }
  };
  const measure = () => {
    const one = body.querySelector("tr:not(.space)");
    if (one) height = one.getBoundingClientRect().height || height;
  };

  const text = (index) => texts[index] ??=
    (rows[index].slice(0, CELLS).join(" ") + " " + money(rows[index][AMOUNT]) + " " +
      say(rows[index], BUCKET)).toLowerCase();
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean), only = bucket.value;
    view = sorted.filter((index) => (!only || rows[index][1] === only) &&
      words.every((word) => text(index).includes(word)));
    shown.textContent = fill(WORDS.of, view.length, rows.length);
    table.setAttribute("aria-rowcount", view.length + 1);
    box.scrollTop = 0;
    draw(true);
  };
  const compare = (field) => NUMERIC.has(field)
    ? (a, b) => (rows[a][field] === "" || rows[a][field] === null ? -Infinity : +rows[a][field]) -
      (rows[b][field] === "" || rows[b][field] === null ? -Infinity : +rows[b][field]) || a - b
    : (a, b) => collator.compare(rows[a][field], rows[b][field]) || a - b;
  const sort = (field, th) => {
    down = by === field && !down;
    by = field;
    const order = compare(field);
    sorted = rows.map((_, i) => i).sort(down ? (a, b) => order(b, a) : order);
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    th.setAttribute("aria-sort", down ? "descending" : "ascending");
    filter();
  };

  const list = (pairs) => {
    const dl = make("dl");
    for (const [name, value] of pairs) dl.append(make("dt", name), make("dd", value));
    return dl;
  };
  const letters = (at) => (at < 26 ? "" : letters(Math.floor(at / 26) - 1)) +
    String.fromCharCode(65 + at % 26);
  const place = (row, at) => [data.sheet ? letters(at) + row[0] : "", data.header[at]]
    .filter(Boolean).join(" ") || WORDS.column + " " + (at + 1);
  const open = (index) => {
    const row = rows[index], panel = document.getElementById("trail-body");
    document.getElementById("trail-title").textContent = WORDS.row + " " + row[0] + ": " + say(row, BUCKET);
    panel.replaceChildren();
    if (row[CELLS].length) {
      panel.append(make("h4", WORDS.cells),
        list(row[CELLS].map((cell, at) => [place(row, at), cell])));
    }
    const found = data.findings[row[0]] || [];
    if (found.length) panel.append(make("h4", WORDS.findings), list(found));
    for (const [title, fields] of PARTS) {
      const pairs = fields.filter((f) => say(row, f)).map((f) => [FIELDS[f], say(row, f)]);
      if (pairs.length) panel.append(make("h4", title), list(pairs));
    }
    dialog.showModal();
  };

  [...table.tHead.rows[0].cells].forEach((th, field) => {
    const button = make("button", th.textContent);
    button.type = "button";
    button.addEventListener("click", () => sort(field, th));
    th.replaceChildren(button);
  });
  let timer = 0;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(filter, TYPING_MS);
  });
  bucket.addEventListener("change", filter);
  document.getElementById("filter").addEventListener("submit", (event) => event.preventDefault());
  let waiting = false;
  box.addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(false); });
  }, {passive: true});
  addEventListener("resize", () => { measure(); draw(true); });
  body.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) open(+button.dataset.index);
  });
  const note = document.getElementById("print-limit");
  addEventListener("beforeprint", () => {
    printing = true;
    for (const details of document.querySelectorAll(".cause details")) details.open = true;
    note.hidden = view.length <= PRINTED;
    note.textContent = fill(WORDS.printed, PRINTED, view.length);
    draw(true);
  });
  addEventListener("afterprint", () => { printing = false; note.hidden = true; draw(true); });

  document.getElementById("filter").hidden = false;
  document.getElementById("limit")?.remove();
  filter();
  measure();
  draw(true);
})();
