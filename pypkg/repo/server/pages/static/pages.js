"use strict";
// What makes the pages quicker to use; without it they work all the same.

const search = document.getElementById("search");
const rows = [...document.querySelectorAll(".charts li")];
const texts = rows.map((row) => row.dataset.search.toLowerCase());
const count = document.getElementById("count");

function shown() {
  return rows.filter((row) => !row.hidden);
}

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  rows.forEach((row, at) => {
    row.hidden = !words.every((word) => texts[at].includes(word));
  });
  count.textContent = words.length ? `${shown().length} found` : "";
  const address = new URL(location.href);
  if (search.value) address.searchParams.set("q", search.value);
  else address.searchParams.delete("q");
  history.replaceState(null, "", address);
}

if (search) {
  // A page that is a file has not been filtered yet.
  search.value ||= new URL(location.href).searchParams.get("q") ?? "";
  search.addEventListener("input", filter);
  if (search.value) filter();
}

function move(step) {
  const links = shown().map((row) => row.querySelector("a"));
  const at = links.indexOf(document.activeElement);
  const next = links[at < 0 ? (step > 0 ? 0 : -1) : at + step];
  if (next) next.focus();
  else if (step < 0 && search) search.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const field = document.querySelector(".search input");
  const typing = event.target.matches("input, textarea");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    field.focus();
  } else if (event.key === "Escape" && typing) {
    field.value = "";
    if (search) filter();
    field.blur();
  } else if (rows.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    if (!typing && !document.activeElement.closest(".charts")) return;
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
  }
});

if (navigator.clipboard) {
  for (const command of document.querySelectorAll("pre.command")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", () => {
      navigator.clipboard.writeText(command.querySelector("code").textContent).then(() => {
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 2000);
      });
    });
    command.append(button);
  }
}
