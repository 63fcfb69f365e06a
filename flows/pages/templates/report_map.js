// The map: it shows the towns of the trials that the table shows.

const WORLD = { left: -1800, top: -960, width: 3600, height: 1660 };
const NARROWEST = 700; // units of the map, ten of which are one degree: the coasts are too coarse for less
const MARGIN = 120;

// Return the part of the world that has all the points, in the shape of the map.
const fitView = (points) => {
  if (!points.length) return WORLD;
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const shape = WORLD.width / WORLD.height;
  const wanted = Math.max(right - left + 2 * MARGIN, (bottom - top + 2 * MARGIN) * shape, NARROWEST);
  const width = Math.min(wanted, WORLD.width);
  const height = width / shape;
  // Do not leave the world, where nothing is drawn.
  const keep = (start, size, from, whole) => Math.min(Math.max(start, from), from + whole - size);
  return {
    left: keep((left + right - width) / 2, width, WORLD.left, WORLD.width),
    top: keep((top + bottom - height) / 2, height, WORLD.top, WORLD.height),
    width,
    height,
  };
};

// Show the towns of these trials, each with a dot whose area grows with its trials, and its name under the pointer.
const showMap = (figure, towns, trials) => {
  const counts = new Map();
  for (const trial of trials) {
    for (const number of trial.towns ?? []) counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  const onMap = [...counts.keys()].filter((number) => towns[number].length > 1);
  const view = fitView(onMap.map((number) => towns[number].slice(1)));
  figure.querySelector("svg").setAttribute("viewBox", [view.left, view.top, view.width, view.height].map(Math.round).join(" "));
  const scale = view.width / WORLD.width;
  for (const dot of figure.querySelectorAll("circle")) {
    const count = counts.get(Number(dot.dataset.town)) ?? 0;
    dot.toggleAttribute("hidden", !count);
    if (!count) continue;
    dot.setAttribute("r", (Math.min(25 * Math.sqrt(count), 90) * scale).toFixed(1));
    const name = `${towns[dot.dataset.town][0]}: ${formatCount(count, "trial")}`;
    if (dot.firstElementChild?.textContent !== name) {
      // An element of SVG is a copy of one: a new one would need the address of its name space.
      const title = figure.querySelector("svg > title").cloneNode();
      title.removeAttribute("id");
      title.textContent = name;
      dot.replaceChildren(title);
    }
  }
  const without = trials.filter((trial) => !trial.towns?.some((number) => towns[number].length > 1)).length;
  const words = `${formatCount(onMap.length, "town")} with sites of the ${formatCount(trials.length, "trial")} shown`;
  figure.querySelector(".map-words").textContent = without ? `${words}; ${without.toLocaleString("en")} of them have no place on the map.` : `${words}.`;
};
