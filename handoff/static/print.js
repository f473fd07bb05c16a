// Print the summary: the browser's own dialogue.
'use strict';

document.getElementById('print').addEventListener('click', () => window.print());
