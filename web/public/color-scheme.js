// Runs before the first paint, so that a remembered colour scheme never flashes. It is a file of its own
// because the Content-Security-Policy refuses inline scripts.
(function () {
  var remembered = null;
  try {
    remembered = window.localStorage.getItem('mantine-color-scheme-value');
  } catch {
    // Storage can be switched off; then the system's scheme is used.
  }
  var dark =
    remembered === 'dark' ||
    (remembered !== 'light' && window.matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
