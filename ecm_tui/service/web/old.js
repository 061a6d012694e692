// Runs only in browsers that know no modules: says so instead of staying on "Opening".
document.getElementById('opening').hidden = true;
document.getElementById('too-old').hidden = false;
