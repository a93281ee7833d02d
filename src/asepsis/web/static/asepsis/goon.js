// A log-in elsewhere sends its answer without our cookies; this page of ours sends it again, with them.
document.querySelector("form[data-goon]").submit();
