// Charts drawn out of the tables behind them, so that there is one copy of what they say. `t` opens and closes the tables.
"use strict";

(() => {
  const TONES = {
    exploited: "red", undecided: "gap", affected: "ink", undetermined: "unk", investigated: "na",
    met: "met", gap: "gap", urgent: "red", unknown: "unk", "not-applicable": "na", late: "red", soon: "gap", later: "na", old: "unk", good: "met",
  };
  const LETTERS = { exploited: "E", undecided: "U", affected: "A", undetermined: "?", investigated: "I" };
  const ROW = 34;
  const charts = [];
  const style = () => getComputedStyle(document.documentElement);
  const token = (name) => style().getPropertyValue(`--${name}`).trim();
  const colour = (tone) => token(TONES[tone] || "ink3");
  const words = (cell) => cell.textContent.replace(/\s+/g, " ").trim();
  const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
  const font = () => ({ color: token("ink2"), fontFamily: "system-ui, Segoe UI, Roboto, sans-serif", fontSize: 12.5 });
  const calm = () => ({
    animation: false,
    textStyle: font(),
    tooltip: {
      renderMode: "richText", confine: true, backgroundColor: token("surface"), borderColor: token("edge"), borderWidth: 1,
      textStyle: { ...font(), color: token("ink") },
    },
  });
  const axis = (more) => ({
    axisLine: { lineStyle: { color: token("edge") } }, axisTick: { show: false }, axisLabel: font(),
    splitLine: { show: false }, ...more,
  });

  const read = (table) => {
    const [head, ...body] = [...table.rows].map((row) => [...row.cells]);
    return { heads: head.slice(1), rows: body.map(([first, ...cells]) => ({ first, cells })) };
  };

  const heat = (table, place) => {
    const { heads, rows } = read(table);
    const left = Math.min(190, Math.max(70, place.clientWidth * 0.22));
    const width = Math.min(132, (place.clientWidth - left - 8) / heads.length);
    const points = rows.flatMap((row, down) => row.cells.flatMap((cell, across) => (cell.dataset.tone ? [{
      value: [across, down, Number(cell.dataset.value)],
      symbolSize: [Math.max(6, width - 3), ROW - 4],
      itemStyle: { color: colour(cell.dataset.tone), opacity: 1 },
      label: { color: token("surface"), formatter: width < 26 ? LETTERS[cell.dataset.tone] : `${LETTERS[cell.dataset.tone]} ${cell.dataset.value}` },
      told: `${words(row.first)}\n${words(heads[across])}: ${words(cell)}`,
      address: cell.querySelector("a")?.getAttribute("href"),
    }] : [])));
    place.style.height = `${rows.length * ROW + 122}px`;
    return {
      ...calm(),
      tooltip: { ...calm().tooltip, formatter: (one) => one.data.told },
      grid: { left, width: width * heads.length, top: 112, bottom: 8 },
      xAxis: axis({
        type: "category", position: "top", data: heads.map(words),
        axisLabel: { ...font(), interval: 0, rotate: 58, formatter: (text) => short(text, 20) },
      }),
      yAxis: axis({
        type: "category", inverse: true, data: rows.map((row) => row.first.dataset.label || words(row.first)),
        axisLabel: { ...font(), interval: 0, width: left - 12, overflow: "truncate" },
      }),
      series: [{
        type: "scatter", symbol: "rect", data: points, cursor: "pointer",
        label: { show: true, fontSize: 12.5, fontWeight: 600 },
        emphasis: { itemStyle: { borderColor: token("focus"), borderWidth: 2 } },
      }],
    };
  };

  // Bars that stand on each other: a row for each bar, a column for each part. `data-lying` lays them down.
  const bars = (table, place, figure) => {
    const { heads, rows } = read(table);
    const lying = "lying" in figure.dataset;
    const names = rows.map((row) => words(row.first));
    const left = Math.min(190, Math.max(70, place.clientWidth * 0.22));
    place.style.height = lying ? `${rows.length * ROW + 56}px` : "220px";
    const parts = heads.map((head, at) => ({ head, at })).filter(({ head }) => head.dataset.tone);
    const category = axis({
      type: "category", data: names, inverse: lying,
      axisLabel: { ...font(), hideOverlap: true, ...(lying ? { interval: 0, width: left - 12, overflow: "truncate" } : {}) },
    });
    const limit = Number(figure.dataset.limit);
    const value = axis({
      type: "value", min: 0, minInterval: 1, splitLine: { lineStyle: { color: token("line") } },
      ...(limit ? { max: (data) => Math.ceil(Math.max(data.max, limit * 1.1)) } : {}),
    });
    const line = limit ? {
      markLine: {
        silent: true, symbol: "none", lineStyle: { color: token("red"), type: "dashed", width: 1.5 },
        label: { ...font(), formatter: figure.dataset.limitWords || String(limit), position: lying ? "end" : "insideEndTop", rotate: 0 },
        data: [lying ? { xAxis: limit } : { yAxis: limit }],
      },
    } : {};
    return {
      ...calm(),
      tooltip: { ...calm().tooltip, trigger: "axis", axisPointer: { type: "shadow" } },
      grid: lying ? { left, right: 32, top: limit ? 24 : 8, bottom: 28 } : { left: 44, right: 12, top: 12, bottom: 28 },
      xAxis: lying ? value : category,
      yAxis: lying ? category : value,
      series: parts.map(({ head, at }, number) => ({
        type: "bar", stack: "all", name: words(head), barMaxWidth: lying ? 18 : 46, ...(number ? {} : line),
        data: rows.map((row) => {
          const cell = row.cells[at];
          const tone = cell.dataset.tone || head.dataset.tone;
          return { value: Number(cell.dataset.value) || null, itemStyle: { color: colour(tone), borderColor: token("surface"), borderWidth: 1 } };
        }),
      })),
    };
  };

  const kinds = { heat, bars };
  const draw = (one) => one.chart.setOption(kinds[one.figure.dataset.chart](one.table, one.place, one.figure), true);
  const redraw = () => charts.forEach((one) => {
    draw(one);
    one.chart.resize();
  });

  for (const figure of document.querySelectorAll("figure[data-chart]")) {
    const [place, table, behind] = [".drawing", "table", "details"].map((one) => figure.querySelector(one));
    if (!table.tBodies[0]?.rows.length) continue;
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", `${words(figure.querySelector("figcaption"))}. The table behind it says the same.`);
    place.style.height = "220px";
    const one = { figure, place, table, chart: echarts.init(place, null, { renderer: "svg" }) };
    charts.push(one);
    draw(one);
    one.chart.resize();
    one.chart.on("click", (event) => event.data.address && location.assign(event.data.address));
    behind.open = false;
  }
  const gather = () => {
    clearTimeout(gather.timer);
    gather.timer = setTimeout(redraw, 100);
  };
  addEventListener("resize", gather);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "t" || event.ctrlKey || event.altKey || event.metaKey || event.target.matches?.("input, select, textarea")) return;
    const behind = charts.map((one) => one.figure.querySelector("details"));
    if (!behind.length) return;
    event.preventDefault();
    const open = behind.every((one) => one.open);
    behind.forEach((one) => (one.open = !open));
    behind[0].querySelector("summary").focus();
  });
})();
