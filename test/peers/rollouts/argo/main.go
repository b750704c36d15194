// Takes the measurements of an AnalysisTemplate with the code of Argo Rollouts: its types, its validation, its substitution of arguments, its
// web provider and its conditions. Prints one line per metric: name, value, phase and message.
//
//	rollouts FILE TEMPLATE [ARGUMENT=VALUE…]
package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/argoproj/argo-rollouts/metricproviders/webmetric"
	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/argo-rollouts/utils/analysis"
	log "github.com/sirupsen/logrus"
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
	given := map[string]string{}
	for _, argument := range os.Args[3:] {
		name, value, _ := strings.Cut(argument, "=")
		given[name] = value
	}
	for _, document := range bytes.Split(text, []byte("\n---\n")) {
		var template v1alpha1.AnalysisTemplate
		must(yaml.UnmarshalStrict(document, &template))
		if template.Name != os.Args[2] {
			continue
		}
		must(analysis.ValidateMetrics(template.Spec.Metrics))
		for index, argument := range template.Spec.Args {
			if value, ok := given[argument.Name]; ok {
				template.Spec.Args[index].Value = &value
			}
		}
		for _, metric := range template.Spec.Metrics {
			resolved, err := analysis.ResolveMetricArgs(metric, template.Spec.Args)
			must(err)
			client, err := webmetric.NewWebMetricHttpClient(*resolved)
			must(err)
			parser, err := webmetric.NewWebMetricJsonParser(*resolved)
			must(err)
			provider := webmetric.NewWebMetricProvider(*log.NewEntry(log.New()), client, parser)
			result := provider.Run(nil, *resolved)
			fmt.Printf("%s: %s %s %s\n", metric.Name, result.Value, result.Phase, result.Message)
		}
	}
}
