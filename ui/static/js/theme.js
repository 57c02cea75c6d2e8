// Runs before the first paint: an explicit choice of theme wins over the system's.
(() => {
  try {
    const theme = localStorage.getItem("favad-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be forbidden; the system's preference stays.
  }
})();
