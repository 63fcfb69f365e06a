"use strict";
{
  const table = document.getElementById("table");
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const form = document.querySelector(".finder");
  const told = document.querySelector(".told");
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const rows = [...body.rows].map((row) => ({
    row,
    text: `${row.textContent} ${row.dataset.words}`.toLowerCase(),
    keys: [...row.cells].map((cell) => cell.dataset.key ?? cell.textContent.trim()),
  }));

  // Shows the rows that hold every word and match every choice, and says how many they are.
  const filter = () => {
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
    told.textContent = shown === rows.length ? `${all} trials` : `${shown.toLocaleString("en")} of ${all} trials`;
  };

  // Sorts by a column; a second time in the other direction. What has no value comes last either way.
  const sort = (place) => {
    const head = heads[place];
    const opposite = { ascending: "descending", descending: "ascending" };
    const direction = opposite[head.getAttribute("aria-sort")] ?? head.dataset.first ?? "ascending";
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", direction);
    const sign = direction === "ascending" ? 1 : -1;
    rows.sort(({ keys: { [place]: a } }, { keys: { [place]: b } }) =>
      (a === "") - (b === "") || sign * collator.compare(a, b));
    body.append(...rows.map(({ row }) => row));
  };

  // Opens the trial that the address names, where the browser does not by itself.
  const open = () => {
    const page = document.getElementById(location.hash.slice(1))?.closest("details");
    if (page && !page.open) {
      page.open = true;
      document.getElementById(location.hash.slice(1)).scrollIntoView();
    }
  };

  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(place));
    head.append(button);
  });
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  addEventListener("hashchange", open);
  form.hidden = false;
  filter();
  open();
}
