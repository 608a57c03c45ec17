// Let keyboards scroll what is wider than the page.
document.addEventListener("DOMContentLoaded", () => {
  for (const part of document.querySelectorAll("pre, .table-wrapper, .cell_output table")) {
    if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
  }
});
