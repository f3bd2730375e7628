#include "store/password_list.h"

#include "core/memory.h"

#include <string.h>

static bool is_same(const char *a, const char *b)
{
    return slice_equal_secret(slice_of_string(a), slice_of_string(b));
}

struct password_item *password_list_find(struct password_list *list, const char *text)
{
    struct password_item *found = NULL;
    for (size_t i = 0; i < list->count; i++)
        if (is_same(list->items[i].text, text))
            found = &list->items[i];
    return found;
}

const struct password_item *password_list_current(const struct password_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].current)
            return &list->items[i];
    return NULL;
}

const struct password_item *password_list_likeliest(const struct password_list *list)
{
    const struct password_item *best = password_list_current(list);
    int best_rank = -1;
    if (best != NULL)
        return best;
    for (size_t i = 0; i < list->count; i++) {
        const struct password_item *item = &list->items[i];
        int rank = (item->proven ? 2 : 0) + (item->seen ? 1 : 0);
        if (rank > best_rank) {
            best = item;
            best_rank = rank;
        }
    }
    return best;
}

/* ---- places ---- */

static void drop_at(struct password_list *list, size_t at)
{
    list->count--;
    memmove(&list->items[at], &list->items[at + 1], (list->count - at) * sizeof list->items[0]);
    memory_wipe(&list->items[list->count], sizeof list->items[0]);
}

static void drop(struct password_list *list, const struct password_item *item)
{
    drop_at(list, (size_t)(item - list->items));
}

static size_t count_of(const struct password_list *list, bool proven)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++)
        count += list->items[i].proven == proven;
    return count;
}

/* Of the proven ones that are not current: the oldest that is surely not on the device. Of the MPS
 * passwords that is one that nobody ever called in with. */
static const struct password_item *find_oldest(const struct password_list *list)
{
    const struct password_item *oldest = NULL, *likely = NULL;
    for (size_t i = 0; i < list->count; i++) {
        const struct password_item *item = &list->items[i];
        if (!item->proven || item->current)
            continue;
        oldest = item;
        if (list->kind == STORE_PASSWORD_MPS ? !item->seen : item->replaced)
            likely = item;
    }
    return likely != NULL ? likely : oldest;
}

/* A device that has lost it is given another by its next run. */
static void drop_oldest_unproven(struct password_list *list)
{
    if (count_of(list, false) < STORE_PASSWORDS_UNPROVEN)
        return;
    for (size_t i = list->count; i > 0; i--)
        if (!list->items[i - 1].proven && !list->items[i - 1].current) {
            drop_at(list, i - 1);
            return;
        }
}

static bool make_room(struct password_list *list, bool proven, struct error *err)
{
    if (!proven && list->kind != STORE_PASSWORD_AMT)
        drop_oldest_unproven(list);
    if (!proven)
        return count_of(list, false) < STORE_PASSWORDS_UNPROVEN ||
               error_set(
                   err, ERROR_CONFLICT,
                   "%d passwords of runs that did not end well are stored already, and any of "
                   "them may be the device's: its agent needs a token for it. To remove the "
                   "device with its secrets would forget them",
                   STORE_PASSWORDS_UNPROVEN);
    while (count_of(list, true) >= STORE_PASSWORDS_PROVEN)
        drop(list, find_oldest(list)); /* there is one: at most one is current */
    return true;
}

static struct password_item *insert(struct password_list *list, const struct password_step *step)
{
    memmove(&list->items[1], &list->items[0], list->count * sizeof list->items[0]);
    list->count++;
    struct password_item *item = &list->items[0];
    memset(item, 0, sizeof *item);
    memcpy(item->text, step->text, strlen(step->text) + 1);
    item->origin = step->origin;
    item->proven = step->proven;
    return item;
}

static void make_current(struct password_list *list, struct password_item *item)
{
    for (size_t i = 0; i < list->count; i++)
        list->items[i].current = false;
    item->current = true;
    item->replaced = false;
}

/* For certain: what was current before is not on the device any more. */
static void replace_current(struct password_list *list, struct password_item *item)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].current)
            list->items[i].replaced = true;
    make_current(list, item);
}

/* Counts among the proven ones from now on; where it is then. */
static struct password_item *prove(struct password_list *list, struct password_item *item)
{
    char text[STORE_PASSWORD_LIMIT + 1];
    if (item->proven)
        return item;
    memcpy(text, item->text, sizeof text);
    (void)make_room(list, true, NULL);
    item = password_list_find(list, text);
    item->proven = true;
    memory_wipe(text, sizeof text);
    return item;
}

/* Where one is lost that was the current one. */
static void elect(struct password_list *list)
{
    struct password_item *next = (struct password_item *)(uintptr_t)password_list_likeliest(list);
    if (next != NULL && next->seen)
        make_current(list, next);
}

/* ---- the step ---- */

static bool not_stored(const char *text, struct error *err)
{
    return error_set(err, ERROR_CONFLICT, "%s", text);
}

static void to_front(struct password_list *list, const struct password_item *item)
{
    struct password_item moved = *item;
    size_t at = (size_t)(item - list->items);
    memmove(&list->items[1], &list->items[0], at * sizeof list->items[0]);
    list->items[0] = moved;
    memory_wipe(&moved, sizeof moved);
}

static bool propose(struct password_list *list, const struct password_step *step, bool *changed,
                    struct error *err)
{
    struct password_item *item = password_list_find(list, step->text);
    if (item != NULL && (!step->proven || item->current)) {
        bool proves = step->proven && !item->proven;
        if (proves)
            (void)prove(list, item);
        *changed = proves;
        return true;
    }
    if (item != NULL) {
        to_front(list, prove(list, item));
        list->items[0].origin = step->origin;
        list->items[0].replaced = false;
    } else if (make_room(list, step->proven, err)) {
        (void)insert(list, step);
    } else {
        return false;
    }
    const struct password_item *current = password_list_current(list);
    if (list->kind == STORE_PASSWORD_MPS && (current == NULL || step->proven))
        make_current(list, &list->items[0]);
    *changed = true;
    return true;
}

/* The device needs no other one now: it has this. */
static void drop_other_proven(struct password_list *list)
{
    for (size_t i = list->count; i > 0; i--)
        if (list->items[i - 1].proven && !list->items[i - 1].current)
            drop_at(list, i - 1);
}

static bool take_proven(struct password_list *list, const struct password_step *step, bool *changed)
{
    struct password_item *item = password_list_find(list, step->text);
    *changed = true;
    if (item == NULL) {
        (void)make_room(list, true, NULL);
        item = insert(list, step);
    } else {
        *changed = !item->proven || !item->seen || !item->current;
    }
    item = prove(list, item);
    item->seen = true;
    if (list->kind == STORE_PASSWORD_MPS) {
        /* of two that are on their way the newer one stays the current one */
        if (item->current && count_of(list, true) > 1) {
            drop_other_proven(list);
            *changed = true;
        }
        return true;
    }
    replace_current(list, item);
    return true;
}

static bool take(struct password_list *list, const struct password_step *step, bool *changed,
                 struct error *err)
{
    if (step->proven)
        return take_proven(list, step, changed);
    struct password_item *item = password_list_find(list, step->text);
    if (item == NULL && list->count > 0)
        return not_stored("the password was not stored before it was set", err);
    if (item == NULL)
        item = insert(list, step);
    else if (item->seen && item->current)
        return true;
    const struct password_item *current = password_list_current(list);
    *changed = !item->seen || current == NULL || !current->proven;
    item->seen = true;
    if (current == NULL || !current->proven)
        make_current(list, item);
    return true;
}

static bool find(struct password_list *list, const struct password_step *step, bool *changed,
                 struct error *err)
{
    struct password_item *item = password_list_find(list, step->text);
    if (item == NULL)
        return not_stored("the password that opens the device is not stored any more", err);
    if (step->proven)
        return take_proven(list, step, changed);
    *changed = !item->current || !item->seen;
    item->seen = true;
    bool was_replaced = item->replaced;
    make_current(list, item);
    item->replaced = was_replaced; /* it is tried first, and proves nothing nevertheless */
    return true;
}

static bool refuse(struct password_list *list, const struct password_step *step, bool *changed)
{
    const struct password_item *item = password_list_find(list, step->text);
    if (item == NULL || (item->proven && !step->proven))
        return true;
    bool was_current = item->current;
    drop(list, item);
    if (was_current)
        elect(list);
    *changed = true;
    return true;
}

static bool settle(struct password_list *list, const struct password_step *step, bool *changed)
{
    bool same;
    (void)take_proven(list, step, &same);
    *changed = same || count_of(list, true) > 1;
    drop_other_proven(list);
    return true;
}

static bool tell(struct password_list *list, const struct password_step *step, bool told,
                 bool *changed)
{
    struct password_item *item = password_list_find(list, step->text);
    *changed = item != NULL && item->told != told;
    if (item != NULL)
        item->told = told;
    return true;
}

bool password_list_step(struct password_list *list, const struct password_step *step, bool *changed,
                        struct error *err)
{
    *changed = false;
    switch (step->event) {
    case STORE_PASSWORD_PROPOSED:
        return propose(list, step, changed, err);
    case STORE_PASSWORD_TAKEN:
        return take(list, step, changed, err);
    case STORE_PASSWORD_FOUND:
        return find(list, step, changed, err);
    case STORE_PASSWORD_REFUSED:
        return refuse(list, step, changed);
    case STORE_PASSWORD_SETTLED:
        return settle(list, step, changed);
    case STORE_PASSWORD_TOLD:
        return tell(list, step, true, changed);
    case STORE_PASSWORD_UNTOLD:
        return tell(list, step, false, changed);
    }
    return false;
}

/* ---- beside the step ---- */

void password_list_set(struct password_list *list, const char *text)
{
    const struct password_item *old = password_list_current(list);
    /* Who had the tunnel's before is not to call in with it any more. */
    if (old != NULL &&
        (text[0] == '\0' || (list->kind == STORE_PASSWORD_MPS && !is_same(old->text, text))))
        drop(list, old);
    if (text[0] == '\0')
        return;
    struct password_item *item = password_list_find(list, text);
    if (item == NULL) {
        const struct password_step step = {
            .text = text, .origin = STORE_ORIGIN_ADMINISTRATOR, .proven = true};
        (void)make_room(list, true, NULL);
        item = insert(list, &step);
    }
    item = prove(list, item);
    item->seen = true;
    replace_current(list, item); /* a mistyped one must not be the end of the one before */
}

bool password_list_believe(struct password_list *list, const char *text, bool anew,
                           struct error *err)
{
    struct password_item *item = password_list_find(list, text);
    size_t others = count_of(list, true) - (item != NULL && item->proven);
    bool changed;
    if (list->kind == STORE_PASSWORD_AMT && others > 0 && !anew)
        return error_set(err, ERROR_CONFLICT,
                         "the device became known while it was set up: somebody has given it a "
                         "password. Its agent needs a token for it");
    if (list->kind == STORE_PASSWORD_AMT && others >= STORE_PASSWORDS_PROVEN)
        return error_set(
            err, ERROR_CONFLICT,
            "%d passwords that may be the device's are stored already: its agent needs "
            "a token for it",
            STORE_PASSWORDS_PROVEN);
    const struct password_step step = {
        .event = list->kind == STORE_PASSWORD_MPS ? STORE_PASSWORD_PROPOSED : STORE_PASSWORD_TAKEN,
        .text = text,
        .origin = item != NULL ? item->origin : STORE_ORIGIN_PROFILE,
        .proven = true};
    return password_list_step(list, &step, &changed, err);
}

void password_list_drop(struct password_list *list, bool proven, bool *changed)
{
    for (size_t i = list->count; i > 0; i--)
        if (list->items[i - 1].proven == proven) {
            drop_at(list, i - 1);
            *changed = true;
        }
}

bool password_list_append(struct password_list *list, const struct password_item *item)
{
    if (count_of(list, item->proven) >=
        (item->proven ? STORE_PASSWORDS_PROVEN : STORE_PASSWORDS_UNPROVEN))
        return password_list_find(list, item->text) != NULL;
    if (list->count == STORE_PASSWORDS_MOST || password_list_find(list, item->text) != NULL)
        return list->count < STORE_PASSWORDS_MOST;
    list->items[list->count++] = *item;
    return true;
}
