// Runs in every browser, before the modules: one that cannot read them says so instead of staying on "Opening".
addEventListener('error', function () {
  var opening = document.getElementById('opening');
  if (!opening) return; // the page runs, and its faults are its own
  opening.hidden = true;
  document.getElementById('too-old').hidden = false;
});
