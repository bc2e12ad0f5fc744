//go:build !linux

package main

import "errors"

// synchronised is not known here: the operator watches the clock by other means.
func synchronised() (bool, error) { return false, errors.ErrUnsupported }
