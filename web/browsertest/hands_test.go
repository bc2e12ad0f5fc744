package browsertest

import (
	"net/url"
	"testing"
)

// moving is a page that moves under the mouse twice, as one does in which a
// hint appears, before it keeps still.
const moving = `<!doctype html><title>moving</title><div id=above></div>
<button id=wrong>Wrong</button><br><button id=right>Right</button><p id=said></p>
<script>
let moves = 0;
addEventListener("mousedown", () => { if (moves++ < 2) above.style.height = (moves * 21) + "px"; }, true);
wrong.onclick = () => said.textContent += " wrong";
right.onclick = () => said.textContent += " right";
</script>`

func TestAPressOnAPageThatMovesMeetsWhatWasMeant(t *testing.T) {
	p := Start(t).Page("moving", "en-GB")
	p.Go("data:text/html," + url.PathEscape(moving))
	p.Click("Right")
	p.See("right")
	if got := Eval[string](p, `said.textContent`); got != " right" {
		t.Errorf("pressed:%s", got)
	}
	if Eval[int](p, `moves`) == 0 {
		t.Error("the page kept still: nothing was tried")
	}
}
