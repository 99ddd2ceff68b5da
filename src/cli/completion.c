/* Completion scripts for bash, zsh and fish, from the table of verbs. */
#include <string.h>

#include "cli/cli.h"

static void print_words(const char *choices, char between, FILE *to)
{
    for (; *choices; choices++)
        fputc(*choices == '|' ? between : *choices, to);
}

static bool is_offered(const struct weir_verb *verb, int option)
{
    return weir_verb_takes(verb, (enum weir_cli_option_id)option) &&
           !weir_cli_options[option].hidden;
}

/* ---- bash ---- */

static void print_option_words(const struct weir_verb *verb, FILE *to)
{
    for (int i = 0; i < WEIR_CLI_OPTIONS_COUNT; i++)
        if (is_offered(verb, i))
            fprintf(to, " --%s%s", weir_cli_options[i].name,
                    weir_cli_options[i].argument ? "=" : "");
}

static void print_verb_words(FILE *to)
{
    for (const struct weir_verb *verb = weir_verbs; verb->name; verb++)
        fprintf(to, " %s", verb->name);
}

static void print_bash(FILE *to)
{
    fprintf(to, "# bash completion for weir; load it with: source <(weir completions bash)\n"
                "_weir() {\n"
                "    local word=${COMP_WORDS[COMP_CWORD]} verb= options= words= i\n"
                "    COMPREPLY=()\n"
                "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                "        case ${COMP_WORDS[i]} in -*) ;; *) verb=${COMP_WORDS[i]}; break ;; esac\n"
                "    done\n"
                "    case $verb in\n");
    fprintf(to, "    '') words='");
    print_verb_words(to);
    fprintf(to, "' options='");
    print_option_words(NULL, to);
    fprintf(to, "' ;;\n");
    for (const struct weir_verb *verb = weir_verbs; verb->name; verb++) {
        fprintf(to, "    %s) options='", verb->name);
        print_option_words(verb, to);
        fprintf(to, "'");
        if (verb->words) {
            fprintf(to, "; ((COMP_CWORD == i + 1)) && words='");
            print_words(verb->words, ' ', to);
            fprintf(to, "'");
        } else if (strcmp(verb->name, "help") == 0 || strcmp(verb->name, "man") == 0) {
            fprintf(to, "; words='");
            print_verb_words(to);
            fprintf(to, "'");
        }
        fprintf(to, " ;;\n");
    }
    fprintf(to,
            "    esac\n"
            "    if [[ $word == -* ]]; then\n"
            "        mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")\n"
            "        [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n"
            "    elif [[ -n $words ]]; then\n"
            "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
            "    else\n"
            "        mapfile -t COMPREPLY < <(compgen -f -X '!*.sql' -- \"$word\"; compgen -d -- "
            "\"$word\")\n"
            "        compopt -o filenames\n"
            "    fi\n"
            "}\n"
            "complete -F _weir weir\n");
}

/* ---- zsh ---- */

/* Inside of single quotes and brackets. */
static void print_zsh_text(const char *text, FILE *to)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", to);
        else if (strchr("[]:", *text))
            fprintf(to, "\\%c", *text);
        else
            fputc(*text, to);
    }
}

static void print_zsh_option(const struct weir_cli_option *option, FILE *to)
{
    if (option == &weir_cli_options[WEIR_CLI_VARIABLE]) /* the one that may be repeated */
        fprintf(to, " \\\n            '*'{-%c,--%s=}'", option->letter, option->name);
    else if (option->letter)
        fprintf(to, " \\\n            '(-%c --%s)'{-%c,--%s%s}'", option->letter, option->name,
                option->letter, option->name, option->argument ? "=" : "");
    else
        fprintf(to, " \\\n            '--%s%s", option->name, option->argument ? "=" : "");
    fputc('[', to);
    print_zsh_text(option->help, to);
    fputc(']', to);
    if (option->argument) {
        fprintf(to, ":%s:", option->argument);
        if (option->choices) {
            fputc('(', to);
            print_words(option->choices, ' ', to);
            fputc(')', to);
        }
    }
    fputc('\'', to);
}

static void print_zsh(FILE *to)
{
    fprintf(to, "#compdef weir\n"
                "# zsh completion for weir; put it as _weir into a directory of $fpath\n"
                "_weir() {\n"
                "    local -a verbs\n"
                "    verbs=(\n");
    for (const struct weir_verb *verb = weir_verbs; verb->name; verb++) {
        fprintf(to, "        '%s:", verb->name);
        print_zsh_text(verb->summary, to);
        fprintf(to, "'\n");
    }
    fprintf(to, "    )\n"
                "    if ((CURRENT == 2)); then\n"
                "        _describe verb verbs\n"
                "        return\n"
                "    fi\n"
                "    local verb=$words[2]\n"
                "    shift words\n"
                "    ((CURRENT--))\n"
                "    case $verb in\n");
    for (const struct weir_verb *verb = weir_verbs; verb->name; verb++) {
        fprintf(to, "    %s)\n        _arguments -s", verb->name);
        for (int i = 0; i < WEIR_CLI_OPTIONS_COUNT; i++)
            if (is_offered(verb, i))
                print_zsh_option(&weir_cli_options[i], to);
        if (verb->words) {
            fprintf(to, " \\\n            '1:what:(");
            print_words(verb->words, ' ', to);
            fprintf(to, ")'");
        }
        if (verb->takes_files)
            fprintf(to, " \\\n            '*:SQL file:_files -g \"*.sql\"'");
        fprintf(to, "\n        ;;\n");
    }
    fprintf(to, "    esac\n}\n_weir \"$@\"\n");
}

/* ---- fish ---- */

static void print_fish_text(const char *text, FILE *to)
{
    fputc('\'', to);
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            fputc('\\', to);
        fputc(*text, to);
    }
    fputc('\'', to);
}

static void print_fish_option(const struct weir_verb *verb, const struct weir_cli_option *option,
                              FILE *to)
{
    fprintf(to, "complete -c weir -n '__fish_seen_subcommand_from %s' -l %s", verb->name,
            option->name);
    if (option->letter)
        fprintf(to, " -s %c", option->letter);
    if (option->argument)
        fprintf(to, " -x");
    if (option->choices) {
        fprintf(to, " -a '");
        print_words(option->choices, ' ', to);
        fputc('\'', to);
    }
    fprintf(to, " -d ");
    print_fish_text(option->help, to);
    fputc('\n', to);
}

static void print_fish(FILE *to)
{
    fprintf(to, "# fish completion for weir\n");
    for (const struct weir_verb *verb = weir_verbs; verb->name; verb++) {
        fprintf(to, "complete -c weir -n __fish_use_subcommand -f -a %s -d ", verb->name);
        print_fish_text(verb->summary, to);
        fputc('\n', to);
    }
    for (const struct weir_verb *verb = weir_verbs; verb->name; verb++) {
        for (int i = 0; i < WEIR_CLI_OPTIONS_COUNT; i++)
            if (is_offered(verb, i))
                print_fish_option(verb, &weir_cli_options[i], to);
        if (verb->words) {
            fprintf(to, "complete -c weir -n '__fish_seen_subcommand_from %s' -f -a '", verb->name);
            print_words(verb->words, ' ', to);
            fprintf(to, "'\n");
        }
    }
}

int weir_verb_completions(const struct weir_cli *cli)
{
    const char *shell = cli->args_count == 1 ? cli->args[0] : "";
    if (strcmp(shell, "bash") == 0)
        print_bash(stdout);
    else if (strcmp(shell, "zsh") == 0)
        print_zsh(stdout);
    else if (strcmp(shell, "fish") == 0)
        print_fish(stdout);
    else
        return weir_usage_error(cli->verb, "for which shell? bash, zsh or fish");
    return WEIR_EXIT_OK;
}
