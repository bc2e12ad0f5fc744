package passphrase

import "strings"

// common are the commonest passwords, and first names, seasons, clubs, animals,
// words of love and of this app's matter that people take, in German and English.
var common = func() map[string]bool {
	m := make(map[string]bool)
	for _, w := range strings.Fields(commonest) {
		m[w] = true
	}
	return m
}()

const commonest = `
password passwort kennwort geheim secret letmein welcome willkommen admin administrator master login user test testtest default changeme
qwerty qwertz qwertyuiop asdf asdfgh asdfghjkl yxcvbnm zxcvbnm abc abcd abcdef passwd pass hallo hello hallohallo servus moin ciao
iloveyou ichliebedich love liebe schatz schatzi schnucki mausi maus baby sunshine sonnenschein sonne sun princess prinzessin prinz angel engel
monkey dragon drache tiger loewe löwe lion hund dog katze cat kitty hase hasi bunny bear baer bär wolf falcon eagle adler delfin dolphin horse pferd
football fussball fußball soccer baseball hockey basketball bayern fcbayern borussia schalke werder hamburg berlin muenchen münchen dortmund koeln köln
frankfurt wien zuerich zürich london england deutschland germany austria oesterreich österreich schweiz europe europa
summer sommer winter spring fruehling frühling autumn herbst january januar februar february march märz maerz april may mai june juni july juli august
september oktober october november december dezember monday montag sunday sonntag freitag friday samstag saturday
michael thomas andreas peter stefan christian martin daniel alexander markus sebastian tobias florian philipp jonas lukas leon paul max felix
anna maria julia laura sarah lisa lena marie sophie emma mia hannah katharina sabine petra monika claudia susanne nicole sandra andrea
james john robert david william richard joseph charles matthew andrew joshua jessica ashley jennifer amanda emily elizabeth charlotte george
superman batman spiderman pokemon starwars matrix gandalf ninja killer shadow schatten hunter jordan ranger harley pepper ginger cookie chocolate schokolade
computer internet google facebook samsung iphone apple windows microsoft amazon
family familie mama papa mutter vater mother father oma opa sohn tochter bruder schwester kind kinder
freedom freiheit money geld gold silver silber diamond star stern blume flower rose lily bluemchen garten garden
haemophilie hämophilie hemophilia haemophilia bluter blood blut faktor factor vialog tagebuch diary doctor doktor arzt praxis klinik clinic hospital zentrum
the and you ich und der die das ist mein meine my is it to of a in i am bin we wir they sie er es he she ein eine
`
