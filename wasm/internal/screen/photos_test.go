package screen

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

func picture(t *testing.T, width, height int) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, width, height)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// photos counts the photos of the diary's bleeds, and the bleeds' versions.
func (k *keeper) photos() (photos, versions int) {
	k.env.Client.Look(func(l app.Look) {
		for _, b := range l.Diary().Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindBleed}}) {
			photos += len(l.Diary().Photos(b))
			versions += b.Versions
		}
	})
	return photos, versions
}

// A picture that was just taken may exist nowhere else: where the disk has room
// for the bleed and none for it, the form stays until there is.
func TestAPhotoWithoutRoomStaysInItsForm(t *testing.T) {
	k := keeps(t)
	k.press(view.ActRecordBleed)
	k.press(view.ActBleedPlace, view.FieldPlace, diary.LeftKnee.Key())
	k.tell(node.Event{Kind: "photo", Fields: map[string]string{"begin": "1"}})
	k.tell(node.Event{Kind: "photo", ID: "photo-add-" + view.PhotoForm, Fields: map[string]string{}, Files: []node.File{
		{Field: "photo", Type: "image/jpeg", Data: picture(t, 320, 240)}, {Field: "preview", Type: "image/jpeg", Data: picture(t, 32, 24)},
	}})
	if n := len(k.formPhotos()); n != 1 {
		t.Fatalf("the form has %d photos", n)
	}
	fields := []string{view.FieldDate, "2026-11-23", view.FieldTime, "08:30"}
	k.disk.FailIn(3, false) // the draft and the bleed are kept, the photo is not
	k.press(view.ActBleedSave, fields...)
	if photos, versions := k.photos(); photos != 0 || versions != 1 {
		t.Fatalf("%d photos, %d versions", photos, versions)
	}
	k.shows("The entry is saved, but a photo was not")
	if n := len(k.formPhotos()); n != 1 || k.at.name != atBleed {
		t.Fatalf("%d photos wait, at %d", n, k.at.name)
	}
	k.press(view.ActBleedSave, append(fields, view.FieldWhy, "Photos")...)
	if photos, versions := k.photos(); photos != 1 || versions != 2 {
		t.Errorf("after saving again: %d photos, %d versions", photos, versions)
	}
	if k.at.name == atBleed {
		t.Error("the form is still there")
	}
}
