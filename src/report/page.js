// The plots of report/html.cc, from the JSON in #data. Colours come from the style sheet, so that they follow the palette.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const charts = [];
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

  // Three significant digits.
  const digits = (value) => value === null || !isFinite(value) ? "n/a" : String(Number(value.toPrecision(3)));

  function bar(ctx, at, top, bottom) {
    ctx.moveTo(at, top);
    ctx.lineTo(at, bottom);
    for (const cap of [top, bottom]) {
      ctx.moveTo(at - 6, cap);
      ctx.lineTo(at + 6, cap);
    }
  }

  function cross(ctx, at, middle) {
    for (const slope of [-1, 1]) {
      ctx.moveTo(at - 5, middle - 5 * slope);
      ctx.lineTo(at + 5, middle + 5 * slope);
    }
    ctx.font = "12px system-ui, sans-serif";
    ctx.textAlign = "right";
    ctx.fillText("rejected", at - 10, middle + 4);
  }

  // Draws the interval of each point of the first data set as a bar with two caps, and a cross on the axis for a point
  // whose number is withheld.
  const intervals = {
    id: "intervals",
    afterDatasetsDraw(chart) {
      const { ctx, scales: { x, y } } = chart;
      for (const point of chart.data.datasets[0].data) {
        const at = x.getPixelForValue(point.x);
        ctx.save();
        ctx.strokeStyle = ctx.fillStyle = colour(point.verdict);
        ctx.lineWidth = 1.5;
        ctx.beginPath();
        if (point.y === null) {
          cross(ctx, at, y.bottom - 12);
        } else if (point.low !== null && point.high !== null) {
          bar(ctx, at, y.getPixelForValue(point.high), y.getPixelForValue(point.low));
        }
        ctx.stroke();
        ctx.restore();
      }
    },
  };

  const axis = (title) => ({
    beginAtZero: true,
    title: { display: true, text: title, color: colour("quiet") },
    ticks: { color: colour("quiet") },
    grid: { color: colour("line"), drawBorder: false },
  });

  function drawPlot(canvas) {
    const group = data.groups[Number(canvas.dataset.plot)];
    const points = [...group.points].sort((a, b) => a.x - b.x);
    const limit = points.filter((point) => point.best !== null).map((point) => ({ x: point.x, y: point.best }));
    const chart = new Chart(canvas, {
      type: "line",
      data: {
        datasets: [
          { label: "median with 95 % interval", data: points, borderWidth: 2, tension: 0, spanGaps: true, pointRadius: 4.5,
            pointHoverRadius: 6 },
          { label: group.best, data: limit, borderDash: [6, 5], borderWidth: 2, pointRadius: 0, pointHitRadius: 12 },
        ],
      },
      options: {
        parsing: true, animation: false, responsive: true, maintainAspectRatio: false,
        interaction: { mode: "nearest", intersect: false },
        scales: {
          x: { type: "linear", ...axis(group.x), max: 1.02 * points[points.length - 1].x,
               ticks: { color: colour("quiet"), callback: String },
               afterBuildTicks: (scale) => { scale.ticks = points.map((point) => ({ value: point.x })); } },
          y: axis(group.y),
        },
        plugins: {
          legend: { align: "end", labels: { color: colour("ink"), boxWidth: 28, boxHeight: 0 } },
          tooltip: {
            displayColors: false,
            callbacks: {
              title: (items) => group.x + " " + items[0].raw.x,
              label: ({ raw, datasetIndex }) => datasetIndex === 1
                ? `${digits(raw.y)} ${group.y}, ${group.best}`
                : `${digits(raw.y)} [${digits(raw.low)}, ${digits(raw.high)}] ${group.y}, ${raw.verdict}`,
            },
          },
        },
      },
      plugins: [intervals],
    });
    const paint = () => {
      const [line, best] = chart.data.datasets;
      line.borderColor = colour("accent");
      line.pointBackgroundColor = line.pointBorderColor = points.map((point) => colour(point.verdict));
      best.borderColor = best.backgroundColor = colour("limit");
      chart.options.plugins.legend.labels.color = colour("ink");
      for (const scale of Object.values(chart.options.scales)) {
        scale.ticks.color = scale.title.color = colour("quiet");
        scale.grid.color = colour("line");
      }
      chart.update("none");
    };
    paint();
    charts.push(paint);
  }

  function drawSamples(canvas) {
    const row = data.samples[Number(canvas.dataset.samples)];
    const points = row.times.map((time, i) => ({ x: i * row.step + 1, y: time }));
    const last = points.length ? points[points.length - 1].x : 1;
    const chart = new Chart(canvas, {
      type: "scatter",
      data: {
        datasets: [
          { data: points, pointRadius: 1.3, pointHitRadius: 4 },
          { type: "line", data: [{ x: 1, y: row.median }, { x: last, y: row.median }], borderWidth: 1.5, pointRadius: 0 },
        ],
      },
      options: {
        animation: false, responsive: true, maintainAspectRatio: false,
        scales: {
          x: { type: "linear", min: 0, max: Math.max(last, 2), ticks: { maxTicksLimit: 4, font: { size: 10 } }, grid: { display: false } },
          y: { grace: "8%", title: { display: true, text: "ms", font: { size: 10 } },
               ticks: { maxTicksLimit: 4, font: { size: 10 }, callback: digits }, grid: { drawBorder: false } },
        },
        plugins: {
          legend: { display: false },
          tooltip: { displayColors: false, callbacks: { title: () => "", label: ({ raw }) => `call ${raw.x}: ${digits(raw.y)} ms` } },
        },
      },
    });
    const paint = () => {
      chart.data.datasets[0].pointBackgroundColor = chart.data.datasets[0].pointBorderColor = colour(row.verdict);
      chart.data.datasets[1].borderColor = colour("accent");
      for (const scale of Object.values(chart.options.scales)) {
        scale.ticks.color = colour("quiet");
        scale.grid.color = colour("line");
      }
      chart.options.scales.y.title.color = colour("quiet");
      chart.update("none");
    };
    paint();
    charts.push(paint);
  }

  document.querySelectorAll("canvas[data-plot]").forEach(drawPlot);
  document.querySelectorAll("canvas[data-samples]").forEach(drawSamples);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach((paint) => paint()));
})();
