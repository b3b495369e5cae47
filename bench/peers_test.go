package bench

import (
	"context"
	"strings"
	"testing"

	"cel.dev/cel-go/cel"
	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
	"github.com/open-policy-agent/opa/v1/rego"
)

// judge says whether a rule is true for an input.
type judge func(input map[string]any) bool

func celJudge(t testing.TB, r example) judge {
	env := must(t)(cel.NewEnv(cel.Variable("subject", cel.DynType), cel.Variable("resource", cel.DynType)))
	ast, issues := env.(*cel.Env).Compile(r.cel)
	if issues.Err() != nil {
		t.Fatal(issues.Err())
	}
	program := must(t)(env.(*cel.Env).Program(ast, cel.EvalOptions(cel.OptOptimize))).(cel.Program)
	return func(input map[string]any) bool {
		out, _, err := program.Eval(input)
		return err == nil && out.Value() == true
	}
}

func exprJudge(t testing.TB, r example) judge {
	program := must(t)(expr.Compile(r.expr, expr.AsBool())).(*vm.Program)
	machine := vm.VM{}
	return func(input map[string]any) bool {
		out, err := machine.Run(program, input)
		return err == nil && out == true
	}
}

func regoJudge(t testing.TB, r example) judge {
	body := strings.ReplaceAll(r.rego, "; ", "\n\t")
	module := "package p\n\nallow if {\n\t" + body + "\n}\n"
	if head, tail, ok := strings.Cut(body, "or("); ok { // an or is two rules
		either, other, _ := strings.Cut(strings.TrimSuffix(tail, ")"), "), ")
		module = "package p\n\nallow if {\n\t" + head + either + ")\n}\n\nallow if {\n\t" + head + other + "\n}\n"
	}
	query := must(t)(rego.New(rego.Query("data.p.allow"), rego.Module("p.rego", module)).PrepareForEval(context.Background())).(rego.PreparedEvalQuery)
	return func(input map[string]any) bool {
		out, err := query.Eval(context.Background(), rego.EvalInput(input))
		return err == nil && out.Allowed()
	}
}

func must(t testing.TB) func(v any, err error) any {
	return func(v any, err error) any {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
