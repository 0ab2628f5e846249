// Draws the pictures in the page's colours, and filters the register of assumptions. Without it sentences and tables remain.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("scripted");
  const text = (id) => document.getElementById(id)?.textContent ?? "[]";
  const months = JSON.parse(text("months"));
  const plots = [...document.querySelectorAll(".plot")].map((place) => ({
    place,
    drawing: JSON.parse(place.nextElementSibling.textContent),
    drawn: false,
  }));

  // "@name" or "@name/opacity" is a colour of the style sheet; "@months" the months of the run.
  const palette = () => {
    const style = getComputedStyle(root);
    return (word) => {
      const [name, opacity] = word.slice(1).split("/");
      const hex = style.getPropertyValue("--" + name).trim();
      if (!/^#[0-9a-f]{6}$/i.test(hex)) return hex || "transparent";
      const part = (at) => parseInt(hex.slice(at, at + 2), 16);
      return `rgba(${part(1)},${part(3)},${part(5)},${opacity ?? 1})`;
    };
  };
  const filled = (value, colour) => {
    if (value === "@months") return months;
    if (typeof value === "string") return /^@[a-z]/.test(value) ? colour(value) : value;
    if (Array.isArray(value)) {
      return value.length && typeof value[0] === "number" ? value : value.map((item) => filled(item, colour));
    }
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, colour)]));
    }
    return value;
  };
  const axis = (own) => ({
    gridcolor: "@grid", linecolor: "@line", zerolinecolor: "@soft", zerolinewidth: 1, tickcolor: "@line",
    fixedrange: true, automargin: true, tickfont: { size: 11 }, ...own,
  });
  const draw = (plot, paper) => {
    const width = paper ?? plot.place.clientWidth;
    const colour = palette();
    const { data, layout, height } = plot.drawing;
    const font = getComputedStyle(document.body).fontFamily;
    const overMonths = data.some((trace) => trace.x === "@months");
    const whole = {
      font: { family: font, size: 12, color: "@soft" }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      margin: { l: 8, r: 10, t: 8, b: 8 }, width, autosize: false, height: paper ? Math.round(height * 0.75) : height, showlegend: false, dragmode: false, hovermode: "x unified",
      hoverlabel: { bgcolor: "@panel", bordercolor: "@line", font: { color: "@ink", size: 12 } },
      ...layout,
      xaxis: axis({ showgrid: false, nticks: Math.min(6, Math.max(2, Math.floor(width / 90))), ...(overMonths ? { hoverformat: "%B %Y" } : {}), ...layout.xaxis }),
      yaxis: axis({ nticks: 5, ...layout.yaxis }),
    };
    const given = overMonths ? data.map((trace) => ({ xhoverformat: "%B %Y", ...trace })) : data;
    window.Plotly.react(plot.place, filled(given, colour), filled(whole, colour), {
      displayModeBar: false, responsive: false, doubleClick: false, showTips: false,
    });
    plot.drawn = true;
    plot.width = width;
  };
  // One after the other, so that the page can be read meanwhile; those in what is folded when it is opened.
  const folded = ({ place }) => place.closest("details:not([open])");
  const next = () => {
    const plot = plots.find((plot) => !plot.drawn && !folded(plot));
    if (!plot) return;
    // One picture that cannot be drawn must not keep the others from being drawn.
    plot.drawn = true;
    try {
      draw(plot);
    } catch {
      plot.place.textContent = "This picture cannot be drawn; its numbers stand below.";
    }
    setTimeout(next, 0);
  };
  next();
  document.addEventListener("toggle", next, true);
  const fitted = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const plot = plots.find(({ place }) => place === target);
      const changed = plot?.drawn && Math.abs(target.clientWidth - plot.width) > 1;
      if (changed && target.clientWidth && !root.classList.contains("print")) draw(plot);
    }
  });
  for (const { place } of plots) fitted.observe(place);

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const plot of plots) if (plot.drawn) draw(plot);
  });
  // On paper: light colours, and widths of the paper instead of the window.
  addEventListener("beforeprint", () => {
    root.classList.add("print");
    for (const plot of plots) {
      if (!folded(plot)) draw(plot, plot.place.closest(".alone") ? 620 : 205);
    }
  });
  addEventListener("afterprint", () => {
    root.classList.remove("print");
    for (const plot of plots) if (plot.drawn) draw(plot);
  });

  // A table that is wider than its place says so.
  const places = [...document.querySelectorAll(".scroll")];
  const hinted = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const place = target.closest(".scroll");
      place.classList.toggle("wide", place.scrollWidth > place.clientWidth + 1);
    }
  });
  for (const place of places) {
    hinted.observe(place);
    hinted.observe(place.firstElementChild);
  }

  const form = document.getElementById("filter");
  if (form) {
    const rows = [...document.querySelectorAll("#register tbody tr")].map((row) => ({ row, words: row.textContent.toLowerCase() }));
    const [box, only, said] = ["filter-text", "filter-unsourced", "filter-said"].map((id) => document.getElementById(id));
    const filter = () => {
      const wanted = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const { row, words } of rows) {
        const fits = wanted.every((word) => words.includes(word)) && (!only.checked || row.classList.contains("unsourced"));
        row.hidden = !fits;
        shown += fits;
      }
      said.textContent = `${shown} of ${rows.length} shown`;
    };
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", filter);
    filter();
  }
})();
