// Sorts tables, hides policies, and shows the values of the charts. The page is
// whole without it.
"use strict";
(function () {
  var all = function (selector, root) { return Array.prototype.slice.call((root || document).querySelectorAll(selector)); };

  // A column's name sorts by it: the best first, then the other way round.
  all("table.sortable").forEach(function (table) {
    all("thead th", table).forEach(function (head, column) {
      var button = document.createElement("button");
      button.type = "button";
      button.append.apply(button, head.childNodes);
      head.append(button);
      button.addEventListener("click", function () {
        var order = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
        all("thead th", table).forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", order);
        var body = table.tBodies[0], sign = order === "ascending" ? 1 : -1;
        var key = function (row) {
          var cell = row.cells[column];
          return column < 2 ? cell.textContent.trim() : cell.dataset.sort === undefined ? null : Number(cell.dataset.sort);
        };
        Array.prototype.slice.call(body.rows).map(function (row) { return [key(row), row]; }).sort(function (a, b) {
          if (a[0] === null || b[0] === null) return (a[0] === null) - (b[0] === null);
          return sign * (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0);
        }).forEach(function (pair) { body.append(pair[1]); });
      });
    });
  });

  all(".chips").forEach(function (chips) { chips.hidden = false; });
  all("[data-toggle]").forEach(function (button) {
    button.addEventListener("click", function () {
      var show = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(show));
      all('[data-policy="' + button.dataset.toggle + '"]').forEach(function (e) { e.hidden = !show; });
    });
  });

  all(".replay").forEach(function (box) {
    var copy = box.querySelector(".copy");
    if (!navigator.clipboard) return;
    copy.hidden = false;
    copy.addEventListener("click", function () {
      navigator.clipboard.writeText(box.querySelector("code").textContent).then(function () { copy.textContent = "Copied"; });
    });
  });

  var source = document.getElementById("data");
  if (!source) return;
  var data = JSON.parse(source.textContent), panels = all(".panel"), at = -1;
  var two = function (n) { return (n < 10 ? "0" : "") + n; };
  var figure = function (v, digits) { return Number(v.toPrecision(digits)).toString(); };
  var time = function (ms) { return ms === null ? "–" : ms < 1000 ? Math.round(ms) + "ms" : figure(ms / 1000, 3) + "s"; };
  var after = function (s) {
    var h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60, rest = Math.floor(s % 60);
    return (h ? h + "h" : "") + (h || m ? (h ? two(m) : m) + "m" : "") + (rest || !(h || m) ? (h || m ? two(rest) : rest) + "s" : "");
  };
  var states = { o: "open", h: "half-open" };

  function words(cell, i) {
    var from = i * data.bucket, day = new Date((data.start + from) * 1000), n = cell.requests[i];
    var parts = [two(day.getUTCHours()) + ":" + two(day.getUTCMinutes()) + ":" + two(day.getUTCSeconds()) + " UTC, " + after(from)];
    parts.push(figure(n / data.bucket, 3) + " requests/s");
    if (n) parts.push((Math.floor(cell.answered[i] / n * 10000 + 1e-9) / 100).toFixed(2) + "% answered");
    cell.served.forEach(function (s) { if (s.answers[i]) parts.push(s.name + " " + figure(s.answers[i] / data.bucket, 3) + "/s"); });
    parts.push("p50 " + time(cell.p50[i]) + ", p95 " + time(cell.p95[i]), "TTFT p95 " + time(cell.ttft[i]));
    cell.lanes.forEach(function (l) { if (states[l.states[i]]) parts.push(l.name + " breaker " + states[l.states[i]]); });
    if (cell.waiting && cell.waiting[i]) parts.push(cell.waiting[i] + " waiting");
    var minute = function (usd) { return "$" + figure(usd / data.bucket * 60, 3); };
    parts.push(minute(cell.spend[i]) + " a minute" + (cell.calm ? " (" + minute(cell.calm[i]) + " without faults)" : ""));
    return parts.join(" · ");
  }

  function show(i) {
    at = Math.max(0, Math.min(data.n - 1, i));
    panels.forEach(function (panel) {
      var hair = panel.querySelector(".hair");
      hair.hidden = false;
      hair.style.left = (at + 0.5) / data.n * 100 + "%";
      panel.querySelector(".readout").textContent = words(data.cells[Number(panel.dataset.cell)], at);
    });
  }
  function hide() {
    panels.forEach(function (panel) {
      panel.querySelector(".hair").hidden = true;
      panel.querySelector(".readout").textContent = "";
    });
  }
  panels.forEach(function (panel) {
    var plots = panel.querySelector(".plots"), over = panel.querySelector(".over");
    plots.addEventListener("pointermove", function (e) {
      var box = over.getBoundingClientRect();
      if (e.clientX < box.left || e.clientX > box.right) return hide();
      show(Math.floor((e.clientX - box.left) / box.width * data.n));
    });
    plots.addEventListener("pointerleave", hide);
    plots.addEventListener("focus", function () { if (plots.matches(":focus-visible")) show(at < 0 ? 0 : at); });
    plots.addEventListener("blur", hide);
    plots.addEventListener("keydown", function (e) {
      var step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -data.n, End: data.n }[e.key];
      if (!step) return;
      e.preventDefault();
      show((at < 0 ? 0 : at) + step);
    });
  });
})();
