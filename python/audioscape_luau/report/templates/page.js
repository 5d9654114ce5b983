// Without this script every row stands open, and nothing is lost.
"use strict";
for (const table of document.querySelectorAll("table")) {
  const rows = [...table.tBodies[0].rows].filter((row) => !row.classList.contains("details"));
  const detailsOf = (row) => row.dataset.details && document.getElementById(row.dataset.details);
  const buttons = new Map();
  const open = (row, state) => {
    const details = detailsOf(row);
    if (!details) return;
    details.hidden = !state || row.hidden;
    buttons.get(row).setAttribute("aria-expanded", String(state));
  };
  const isOpen = (row) => buttons.get(row)?.getAttribute("aria-expanded") === "true";
  for (const row of rows.filter(detailsOf)) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "toggle";
    button.setAttribute("aria-controls", row.dataset.details);
    button.setAttribute("aria-label", `Details of ${row.cells[0].textContent.trim()}`);
    button.addEventListener("click", () => open(row, !isOpen(row)));
    buttons.set(row, button);
    row.cells[0].prepend(button);
    open(row, false);
  }

  const tools = document.createElement("div");
  tools.className = "tools";
  if ("search" in table.dataset) {
    const input = document.createElement("input");
    const found = document.createElement("output");
    input.type = "search";
    input.placeholder = "Search";
    input.setAttribute("aria-label", "Search in the table");
    const texts = rows.map((row) => (row.textContent + (detailsOf(row)?.textContent ?? "")).toLowerCase());
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/);
      let count = 0;
      rows.forEach((row, index) => {
        row.hidden = !words.every((word) => texts[index].includes(word));
        count += row.hidden ? 0 : 1;
        open(row, isOpen(row));
      });
      found.value = `${count} of ${rows.length}`;
    });
    found.value = `${rows.length} rows`;
    tools.append(input, found);
  }
  if ("opens" in table.dataset) {
    const all = document.createElement("button");
    all.type = "button";
    all.textContent = "Open all";
    all.addEventListener("click", () => {
      const state = all.textContent === "Open all";
      rows.forEach((row) => open(row, state));
      all.textContent = state ? "Close all" : "Open all";
    });
    tools.append(all);
  }
  if (tools.children.length) table.parentElement.before(tools);

  const follow = () => {
    const row = rows.find((row) => row.id && "#" + row.id === decodeURIComponent(location.hash));
    if (row) open(row, true);
  };
  addEventListener("hashchange", follow);
  follow();
}
