"use strict";
{
  const table = document.getElementById("table");
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const form = document.querySelector(".finder");
  const shownCount = document.querySelector(".shown-count");
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  // Keep the text and the sort keys of each row, so that filtering and sorting do not read the page again.
  const rows = [...body.rows].map((row) => ({
    row,
    text: `${row.textContent} ${row.dataset.words}`.toLowerCase(),
    keys: [...row.cells].map((cell) => cell.dataset.key ?? cell.textContent.trim()),
  }));

  // Show the rows that contain every word and match every choice, and say how many there are.
  const filterRows = () => {
    const wanted = new FormData(form);
    const words = wanted.get("words").toLowerCase().split(/\s+/).filter(Boolean);
    const choices = ["status", "phase", "results"].filter((name) => wanted.get(name));
    let shown = 0;
    for (const { row, text } of rows) {
      const fits = words.every((word) => text.includes(word))
        && choices.every((name) => row.dataset[name] === wanted.get(name));
      row.hidden = !fits;
      shown += fits;
    }
    const all = rows.length.toLocaleString("en");
    shownCount.textContent = shown === rows.length ? `${all} trials` : `${shown.toLocaleString("en")} of ${all} trials`;
  };

  // Sort by a column; a second click reverses the direction. Rows without a value come last in both.
  const sortBy = (column) => {
    const head = heads[column];
    const opposite = { ascending: "descending", descending: "ascending" };
    const direction = opposite[head.getAttribute("aria-sort")] ?? head.dataset.first ?? "ascending";
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", direction);
    const sign = direction === "ascending" ? 1 : -1;
    rows.sort(({ keys: { [column]: a } }, { keys: { [column]: b } }) =>
      (a === "") - (b === "") || sign * collator.compare(a, b));
    body.append(...rows.map(({ row }) => row));
  };

  // Open the trial that the address names, because not every browser opens it by itself.
  const openTrial = () => {
    const page = document.getElementById(location.hash.slice(1))?.closest("details");
    if (page && !page.open) {
      page.open = true;
      document.getElementById(location.hash.slice(1)).scrollIntoView();
    }
  };

  // The headings become buttons here, because without this script they would do nothing.
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sortBy(column));
    head.append(button);
  });
  form.addEventListener("input", filterRows);
  form.addEventListener("submit", (event) => event.preventDefault());
  // The event comes before the fields are reset, so filter after it.
  form.addEventListener("reset", () => setTimeout(filterRows));
  addEventListener("hashchange", openTrial);
  // After Back the browser fills in the fields again, without an event of theirs, when this script has already run.
  addEventListener("pageshow", filterRows);
  form.hidden = false;
  filterRows();
  openTrial();
}
