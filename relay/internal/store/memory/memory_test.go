package memory_test

import (
	"testing"

	"vialog/relay/internal/store/memory"
	"vialog/relay/internal/storetest"
)

func TestStoreKeepsItsPromises(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Store { return memory.New() })
}
