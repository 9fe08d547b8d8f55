// Keeps the page as it would be if it were loaded anew every second. The page is whole
// without it. What comes is HTML that the server has escaped; only what differs is
// changed, so that focus, selection and a screen reader's place stay where they are.
"use strict";
(function () {
  var main = document.getElementById("main"), live = document.getElementById("live"), said = document.getElementById("said");
  var pause = document.getElementById("pause"), refresh = document.getElementById("refresh");
  var source = null, again = 0;
  if (!window.EventSource) return;

  var keyOf = function (node) { return node.nodeType === 1 ? node.getAttribute("data-key") : null; };
  var alike = function (a, b) { return a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b); };

  // become makes a node say what another of the same kind says.
  var become = function (node, to) {
    if (node.nodeType !== 1) {
      if (node.nodeValue !== to.nodeValue) node.nodeValue = to.nodeValue;
      return;
    }
    Array.prototype.slice.call(node.attributes).forEach(function (a) {
      if (!to.hasAttribute(a.name)) node.removeAttribute(a.name);
    });
    Array.prototype.slice.call(to.attributes).forEach(function (a) {
      if (node.getAttribute(a.name) !== a.value) node.setAttribute(a.name, a.value);
    });
    var next = node.firstChild;
    Array.prototype.slice.call(to.childNodes).forEach(function (child) {
      var own = next;
      while (own && child.nodeType === 1 && !alike(own, child)) own = own.nextSibling;
      if (own && !alike(own, child)) own = null; // for the sake of a text nothing else goes
      if (!own) {
        node.insertBefore(child, next);
        return;
      }
      while (next !== own) { // what stood between is gone
        var gone = next;
        next = next.nextSibling;
        gone.remove();
      }
      next = own.nextSibling;
      become(own, child);
    });
    while (next) {
      var rest = next;
      next = next.nextSibling;
      rest.remove();
    }
  };

  var say = function (text) { said.textContent = text; };
  var tell = function (text, lost) {
    live.textContent = text;
    live.className = lost ? "lost" : "";
  };

  var listen = function () {
    source = new EventSource("panel/events");
    source.addEventListener("view", function (e) {
      if (live.className === "lost") say("Live again.");
      tell("Live.", false);
      become(main, new DOMParser().parseFromString("<main id=main>" + e.data + "</main>", "text/html").getElementById("main"));
    });
    source.addEventListener("title", function (e) { document.title = e.data; });
    source.addEventListener("change", function (e) { say(e.data); });
    source.addEventListener("error", function () {
      if (live.className !== "lost") say("The connection is lost.");
      tell("Connection lost: what you see is old.", true);
      if (source.readyState === EventSource.CLOSED) { // refused: the browser does not try again
        clearTimeout(again);
        again = setTimeout(listen, 10000);
      }
    });
  };
  var stop = function () {
    clearTimeout(again);
    if (source) source.close();
  };

  pause.hidden = false;
  refresh.hidden = true;
  pause.addEventListener("click", function () {
    var paused = pause.getAttribute("aria-pressed") !== "true";
    pause.setAttribute("aria-pressed", String(paused));
    refresh.hidden = !paused;
    if (paused) {
      stop();
      tell("Paused: what you see is old.", false);
    } else {
      listen();
    }
  });
  tell("Connecting.", false);
  listen();
})();
