// Calls the webhooks of a Canary with the code of Flagger: its types and its CallWebhook. Prints one line per webhook: type, name and the error,
// or ok.
//
//	rollouts FILE CANARY [TYPE…]
package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"

	flaggerv1 "github.com/fluxcd/flagger/pkg/apis/flagger/v1beta1"
	"github.com/fluxcd/flagger/pkg/controller"
	"sigs.k8s.io/yaml"
)

func must(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	must(err)
	for _, document := range bytes.Split(text, []byte("\n---\n")) {
		var canary flaggerv1.Canary
		must(yaml.UnmarshalStrict(document, &canary))
		if canary.Name != os.Args[2] {
			continue
		}
		canary.Status.LastAppliedSpec = "5d8f7b6c9"
		for _, webhook := range canary.GetAnalysis().Webhooks {
			if len(os.Args) > 3 && !slices.Contains(os.Args[3:], string(webhook.Type)) {
				continue
			}
			outcome := "ok"
			if err := controller.CallWebhook(canary, flaggerv1.CanaryPhaseProgressing, webhook); err != nil {
				outcome = err.Error()
			}
			fmt.Printf("%s %q: %s\n", webhook.Type, webhook.Name, outcome)
		}
	}
}
