// Comfort only: placeholders can also be typed. A button puts its value where the cursor stands.
(() => {
  "use strict";

  for (const button of document.querySelectorAll("[data-insert]")) button.disabled = false;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    const area = button && document.getElementById(button.dataset.insert);
    if (!area) return;
    area.setRangeText(button.value, area.selectionStart, area.selectionEnd, "end");
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
