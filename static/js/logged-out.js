// Goes back to the application once every frame has been loaded, or has had its time. Without this the person presses the button,
// or the page goes on by itself.
"use strict";

const back = document.querySelector("#way-on[data-go-on]");
let gone = false;
function goOn() {
  if (gone || !back) { return; }
  gone = true;
  location.replace(back.href);
}
if (document.readyState === "complete") { goOn(); }
addEventListener("load", goOn);
setTimeout(goOn, 4000);
