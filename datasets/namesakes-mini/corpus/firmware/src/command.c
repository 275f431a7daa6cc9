#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum command_kind { COMMAND_NONE, COMMAND_FEED, COMMAND_CUT };

struct command {
    enum command_kind kind;
    int amount;
};

/* Reads the kind of a printer command from its first letter. */
static enum command_kind parse_kind(char letter)
{
    switch (toupper((unsigned char)letter)) {
    case 'F':
        return COMMAND_FEED;
    case 'C':
        return COMMAND_CUT;
    default:
        return COMMAND_NONE;
    }
}

/* Reads a printer command such as "F12": feed twelve rows. */
struct command parse(const char *line)
{
    struct command command = { COMMAND_NONE, 0 };
    if (line != NULL && strlen(line) > 1) {
        command.kind = parse_kind(line[0]);
        command.amount = atoi(line + 1);
    }
    return command;
}
